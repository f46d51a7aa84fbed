//! Request handlers, one file per resource.

pub(crate) mod account;
pub(crate) mod admin;
pub(crate) mod admin_accounts;
pub(crate) mod auth;
pub(crate) mod batch;
pub(crate) mod cancel;
pub(crate) mod comparison;
pub(crate) mod config;
pub(crate) mod events;
pub(crate) mod hint;
pub(crate) mod keys;
pub(crate) mod languages;
pub(crate) mod links;
pub(crate) mod packages;
pub(crate) mod problem_submissions;
pub(crate) mod problems;
pub(crate) mod rejudge;
pub(crate) mod run;
pub(crate) mod snippet;
pub(crate) mod statement;
pub(crate) mod static_pages;
pub(crate) mod status;
pub(crate) mod strategy;
pub(crate) mod submissions;
pub(crate) mod submit;
pub(crate) mod users;
