//! The rules of `docs/design/architecture.md` that the compiler does not enforce: imports between modules, and dependencies. The
//! links of the documentation.

mod architecture;
mod dependencies;
mod imports;
mod links;
