//! The names that a pickle may hold.

use super::PickleProblem;

/// A name on the list. None of them is ever called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Global {
    /// NumPy's `_reconstruct`: an array whose state follows.
    Reconstruct,
    /// NumPy's `ndarray`.
    NdArray,
    /// NumPy's `dtype`.
    DType,
    /// SciPy's `csr_matrix` or `csr_array`.
    CsrMatrix,
    /// `collections.defaultdict`.
    DefaultDict,
    /// `collections.OrderedDict`.
    OrderedDict,
    /// networkx's `Graph`.
    Graph,
    /// A view that networkx caches in its graphs.
    GraphView,
    /// `_codecs.encode`: how Python 3 writes bytes for Python 2.
    Encode,
    /// `copyreg._reconstructor`: how protocols 0 and 1 make an object.
    Reconstructor,
    /// A container or a number of Python itself.
    Builtin,
}

impl Global {
    /// The name `module.name`, if it is on the list.
    pub(crate) fn find(module: &[u8], name: &[u8]) -> Result<Self, PickleProblem> {
        Ok(match (module, name) {
            (b"numpy.core.multiarray" | b"numpy._core.multiarray", b"_reconstruct") => {
                Global::Reconstruct
            }
            (b"numpy", b"ndarray") => Global::NdArray,
            (b"numpy", b"dtype") => Global::DType,
            (b"scipy.sparse.csr" | b"scipy.sparse._csr", b"csr_matrix" | b"csr_array") => {
                Global::CsrMatrix
            }
            (b"collections", b"defaultdict") => Global::DefaultDict,
            (b"collections", b"OrderedDict") => Global::OrderedDict,
            (b"networkx.classes.graph", b"Graph") => Global::Graph,
            (b"networkx.classes.reportviews", b"NodeView" | b"EdgeView" | b"DegreeView")
            | (b"networkx.classes.coreviews", b"AdjacencyView" | b"AtlasView") => Global::GraphView,
            (b"_codecs", b"encode") => Global::Encode,
            (b"copy_reg" | b"copyreg", b"_reconstructor") => Global::Reconstructor,
            (
                b"__builtin__" | b"builtins",
                b"dict" | b"list" | b"tuple" | b"set" | b"frozenset" | b"object" | b"int" | b"long"
                | b"float" | b"bool" | b"str" | b"unicode" | b"bytes",
            ) => Global::Builtin,
            _ => {
                let text = |bytes| super::text::shortened(bytes);
                return Err(PickleProblem::ForbiddenGlobal {
                    module: text(module),
                    name: text(name),
                });
            }
        })
    }
}
