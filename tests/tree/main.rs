//! The rules of `docs/design/architecture.md` that the compiler does not enforce: imports between modules, and dependencies. The
//! links, the table of contents and the limits of the documentation.

mod architecture;
mod dependencies;
mod imports;
mod limits;
mod links;
