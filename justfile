# Same lines as .ci/run.

# Everything that continuous integration checks
check:
    .ci/run

# All tests
test:
    cargo test --workspace

# The program on the mammals, results as JSON; docs/benchmarks.md lists the other measurements
bench:
    cargo run --release -- embed --json

# Documentation of all crates, broken links denied
docs:
    RUSTDOCFLAGS="-D warnings --html-in-header $PWD/docs/katex-header.html" cargo doc --workspace --no-deps --features geom/testing
