//! Verdict rules, and nothing else: no file, no process, no clock.
//!
//! `limits` settles how a run ended, `decide` makes it a verdict, `combine` names several verdicts by
//! one, `score` gives points, `judgement` sums up. The final status that follows from a verdict is
//! [`letscode_model::Verdict::final_status`].

pub(crate) mod combine;
pub(crate) mod decide;
pub(crate) mod judgement;
pub(crate) mod limits;
pub(crate) mod score;
