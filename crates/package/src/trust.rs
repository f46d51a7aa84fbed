//! `x-letscode: {trust: client}`, a key of ours: the verdicts of browsers count on this problem.

use letscode_model::{ProblemSample, Trust};

use crate::error::{PackageError, Place, Warnings};
use crate::testdata::TestData;
use crate::validation::Validation;
use crate::yaml::Fields;

/// What the author asks for, and where.
pub(crate) struct Asked {
    trust: Trust,
    place: Option<Place>,
}

pub(crate) fn read(fields: &mut Fields, warnings: &mut Warnings) -> Result<Asked, PackageError> {
    let mut ours = fields.fields("x-letscode", warnings)?;
    let node = ours.take("trust");
    let place = node.as_ref().map(|node| node.place.clone());
    let trust = match node.map(|node| node.text("x-letscode.trust")).transpose()? {
        None => Trust::Server,
        Some(word) if word.trim() == "server" => Trust::Server,
        Some(word) if word.trim() == "client" => Trust::Client,
        Some(_) => {
            if let Some(place) = place.clone() {
                warnings.add(
                    place,
                    "`x-letscode.trust` is `server` or `client`: read as `server`",
                );
            }
            Trust::Server
        }
    };
    ours.finish(warnings);
    Ok(Asked { trust, place })
}

/// Only where a browser has all that a verdict rests on: every test public and shown, and the default
/// comparison of outputs.
pub(crate) fn decide(
    asked: Asked,
    data: &TestData,
    samples: &[ProblemSample],
    validation: &Validation,
    scoring: bool,
    warnings: &mut Warnings,
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
    if let Some(place) = asked.place {
        warnings.add(place, message);
    }
    Trust::Server
}
