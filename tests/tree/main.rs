//! The source tree: imports between modules, and features of dependencies.

mod architecture;
mod deployed_features;
