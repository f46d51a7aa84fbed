//! `x-letscode: {trust: client}`, a key of ours: the verdicts of browsers count on this problem.

use letscode_model::{ProblemSample, Trust};

use crate::error::{PackageError, SourceLocation, WarningList};
use crate::testdata::TestData;
use crate::validation::Validation;
use crate::yaml::Fields;

/// What the author asks for, and where.
pub(crate) struct TrustSetting {
    trust: Trust,
    location: Option<SourceLocation>,
}

pub(crate) fn read(
    fields: &mut Fields,
    warnings: &mut WarningList,
) -> Result<TrustSetting, PackageError> {
    let mut ours = fields.fields("x-letscode", warnings)?;
    let node = ours.take("trust");
    let location = node.as_ref().map(|node| node.location.clone());
    let trust = match node.map(|node| node.text("x-letscode.trust")).transpose()? {
        None => Trust::Server,
        Some(word) if word.trim() == "server" => Trust::Server,
        Some(word) if word.trim() == "client" => Trust::Client,
        Some(_) => {
            if let Some(location) = location.clone() {
                warnings.add(
                    location,
                    "`x-letscode.trust` is `server` or `client`: read as `server`",
                );
            }
            Trust::Server
        }
    };
    ours.finish(warnings);
    Ok(TrustSetting { trust, location })
}

/// Only where a browser has all that a verdict rests on: every test public and shown, and the default
/// comparison of outputs.
pub(crate) fn decide(
    asked: TrustSetting,
    data: &TestData,
    samples: &[ProblemSample],
    validation: &Validation,
    scoring: bool,
    warnings: &mut WarningList,
) -> Trust {
    if asked.trust == Trust::Server {
        return Trust::Server;
    }
    let is_public =
        data.tests.iter().all(|test| test.is_sample) && samples.len() == data.tests.len();
    let is_default = matches!(validation, Validation::Default);
    if is_public && is_default && !scoring && !samples.is_empty() {
        return Trust::Client;
    }
    let message = "`trust: client` is not given: it wants public tests only, all of them samples, the \
                   default validator and no scoring";
    if let Some(location) = asked.location {
        warnings.add(location, message);
    }
    Trust::Server
}
