//! `x-letscode: {trust: client}`, our own key: the verdicts of browsers count on this problem.

use letscode_model::{ProblemSample, Trust};

use crate::error::{PackageError, SourceLocation, WarningList};
use crate::testdata::TestData;
use crate::validation::Validation;
use crate::yaml::Fields;

/// Setting of the author, and its location.
pub(crate) struct TrustSetting {
    trust: Trust,
    location: Option<SourceLocation>,
}

pub(crate) fn read(
    extension: &mut Fields,
    warnings: &mut WarningList,
) -> Result<TrustSetting, PackageError> {
    let node = extension.take("trust");
    let location = node.as_ref().map(|node| node.location.clone());
    let trust = match node.map(|node| node.text("x-letscode.trust")).transpose()? {
        None => Trust::Server,
        Some(word) if word.trim() == "server" => Trust::Server,
        Some(word) if word.trim() == "client" => Trust::Client,
        Some(_) => {
            if let Some(location) = location.clone() {
                warnings.add(
                    location,
                    "`x-letscode.trust` must be `server` or `client`: read as `server`",
                );
            }
            Trust::Server
        }
    };
    Ok(TrustSetting { trust, location })
}

/// Decides whose verdicts count. A browser's do only if it has all data for a verdict: all tests are
/// public and shown, and outputs are compared by the default validator.
pub(crate) fn decide(
    setting: TrustSetting,
    data: &TestData,
    samples: &[ProblemSample],
    validation: &Validation,
    scoring: bool,
    warnings: &mut WarningList,
) -> Trust {
    if setting.trust == Trust::Server {
        return Trust::Server;
    }
    let is_public =
        data.tests.iter().all(|test| test.is_sample) && samples.len() == data.tests.len();
    let is_default = matches!(validation, Validation::Default);
    if is_public && is_default && !scoring && !samples.is_empty() {
        return Trust::Client;
    }
    let message = "`trust: client` is ignored: it requires that all tests are samples, the default \
                   validator and no scoring";
    if let Some(location) = setting.location {
        warnings.add(location, message);
    }
    Trust::Server
}
