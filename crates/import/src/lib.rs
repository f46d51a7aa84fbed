//! Problem packages into the store: the one way in, for `letscode problem import` and for
//! `POST /api/problems`.
//!
//! [`OpenedPackage::open`] unpacks an archive, converts another judge's package and vets the result;
//! [`OpenedPackage::measure_limit`] has the jury's solutions measured where no time limit is stated;
//! [`import_folder`] copies the package into the store.
//!
//! Nothing is executed here: a [`LimitCalibrator`] has the cells, and who has none goes without.

mod caps;
mod error;
mod limit;
mod open;
mod store;

pub use error::ImportError;
pub use limit::{CalibrationFailure, LimitCalibrator, MeasuredLimit};
pub use open::{OpenOptions, OpenedPackage};
pub use store::{ImportMode, ImportedProblem, import_folder};
