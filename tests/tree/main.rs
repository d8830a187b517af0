//! The rules of `DESIGN.md` that the compiler does not enforce: imports between modules, and dependencies.

mod architecture;
mod dependencies;
mod imports;
