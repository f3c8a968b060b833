#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

use std::collections::HashSet;

use proc_macro::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Block, FnArg, Ident, ImplItem, ItemImpl, ItemTrait, Pat, PatType, Path, ReturnType, Signature,
    TraitItem, Type, parse_macro_input, parse_quote,
};

/// Lets verbs take half-precision tensors.
///
/// On an `impl` block, or on a trait for the methods that have a default: each method that takes
/// arguments of type `Tensor<D>` and returns a tensor computes with those in `f16` and `bf16` in `f32`,
/// and its result has the format of the first argument again. Tensors in `f32` and `f64` go through as
/// they are.
///
/// The attribute takes the path of `geom-core`, which is `::geom_core` if none is given: users of the
/// facade write `#[half_precision(geom::core)]`.
///
/// A method is left alone if it takes tensors of two ranks, or `impl` arguments, which may hold one: such
/// methods are made of others.
///
/// ```text
/// #[half_precision]
/// impl Manifold for Sphere {
///     fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
///         // Here x and v are in f32 or f64.
///     }
/// }
/// ```
#[proc_macro_attribute]
pub fn half_precision(core: TokenStream, item: TokenStream) -> TokenStream {
    let core: Path = match core.is_empty() {
        true => parse_quote!(::geom_core),
        false => parse_macro_input!(core),
    };
    if let Ok(mut block) = syn::parse::<ItemImpl>(item.clone()) {
        for item in &mut block.items {
            if let ImplItem::Fn(method) = item {
                widen(&core, &method.sig, &mut method.block);
            }
        }
        return block.into_token_stream().into();
    }
    if let Ok(mut block) = syn::parse::<ItemTrait>(item) {
        for item in &mut block.items {
            if let TraitItem::Fn(method) = item
                && let Some(body) = &mut method.default
            {
                widen(&core, &method.sig, body);
            }
        }
        return block.into_token_stream().into();
    }
    quote! { compile_error!("`half_precision` belongs on an `impl` block or a trait"); }.into()
}

/// Evaluates the body of a verb on tensors of single precision at least.
fn widen(core: &Path, signature: &Signature, body: &mut Block) {
    let arguments = signature
        .inputs
        .iter()
        .filter_map(|argument| match argument {
            FnArg::Typed(argument) => Some(argument),
            FnArg::Receiver(_) => None,
        });
    let opaque = |argument: &PatType| matches!(*argument.ty, Type::ImplTrait(_));
    let returns_a_tensor = match &signature.output {
        ReturnType::Type(_, returned) => is_tensor(returned),
        ReturnType::Default => false,
    };
    if !returns_a_tensor || arguments.clone().any(opaque) {
        return;
    }
    let tensors = arguments.filter(|argument| is_tensor(&argument.ty));
    let ranks: HashSet<&Type> = tensors.clone().map(|argument| &*argument.ty).collect();
    let tensors: Vec<&Ident> = tensors.filter_map(name).collect();
    if ranks.len() == 1 {
        *body = parse_quote! {{
            #core::numerics::in_single([#(#tensors),*], |[#(#tensors),*]| #body)
        }};
    }
}

fn name(argument: &PatType) -> Option<&Ident> {
    match &*argument.pat {
        Pat::Ident(name) => Some(&name.ident),
        _ => None,
    }
}

fn is_tensor(of: &Type) -> bool {
    match of {
        Type::Path(path) => {
            let last = path.path.segments.last();
            last.is_some_and(|last| last.ident == "Tensor")
        }
        _ => false,
    }
}
