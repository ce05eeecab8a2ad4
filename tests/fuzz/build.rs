//! Links the counters of `src/steps.c` in front of the functions that they count.

/// What is counted; the linker leads calls of these to functions with `__wrap_` before the name.
const COUNTED: &[&str] = &["__sanitizer_cov_trace_pc", "bcmp", "memcmp", "memcpy", "memmove"];

fn main() {
    println!("cargo:rerun-if-changed=src/steps.c");
    cc::Build::new().file("src/steps.c").opt_level(2).compile("steps");
    for name in COUNTED {
        println!("cargo:rustc-link-arg-bins=-Wl,--wrap={name}");
    }
}
