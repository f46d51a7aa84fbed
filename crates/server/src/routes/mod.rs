//! One file per thing that can be asked for.

pub(crate) mod claim;
pub(crate) mod comparison;
pub(crate) mod hint;
pub(crate) mod languages;
pub(crate) mod pages;
pub(crate) mod problems;
pub(crate) mod route;
pub(crate) mod snippet;
pub(crate) mod statement;
pub(crate) mod status;
pub(crate) mod submissions;
pub(crate) mod submit;
