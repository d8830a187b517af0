//! Properties that must hold for any input. The fuzz targets and the tests of their seeds assert them.

pub mod email;
pub mod event;
pub mod payload;
pub mod record;
