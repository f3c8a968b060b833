# Same lines as .ci/run.

# Everything that continuous integration checks
check:
    .ci/run

# All tests
test:
    cargo test --workspace

# Times of the geometry, the optimizer steps and the kernels; docs/benchmarks.md lists the other measurements
bench:
    cargo bench --workspace

# Documentation of all crates, broken links denied
docs:
    RUSTDOCFLAGS="-D warnings --html-in-header $PWD/docs/katex-header.html" cargo doc --workspace --no-deps --lib --examples --features geom/testing
