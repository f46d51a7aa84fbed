//! Selects the strategy for a program: run it on the client, on the server, or on both.

use letscode_analysis::{
    AnalysisBudget, AnalysisReport, ClientCapabilities, Language, Placement, PlacementPurpose,
    PlacementRequest, ProblemPolicy, analyse, choose_placement,
};
use letscode_json::{BoundedText, BoundedVec};
use letscode_model::{ClientAddress, LanguageId, LanguageInfo};

use crate::AppState;
use crate::error::{ApiError, internal};
use crate::pacing;

/// Most languages that a client can say it runs.
pub(crate) const MAX_CLIENT_LANGUAGES: usize = 64;

/// The languages that a client runs itself, as it states them.
pub(crate) type ClientLanguages = BoundedVec<LanguageName, MAX_CLIENT_LANGUAGES>;

/// A name that may be that of a language.
pub(crate) type LanguageName = BoundedText<{ LanguageId::MAX_BYTES }>;

/// Input of the selection, besides the code and the load.
pub(crate) struct StrategyQuery {
    pub purpose: PlacementPurpose,
    /// Id or alias.
    pub language: LanguageId,
    pub problem: ProblemPolicy,
    /// Languages that the client can run, by id or alias.
    pub client_languages: Vec<String>,
    /// Address of the client, which analyses one program at a time.
    pub address: Option<ClientAddress>,
}

pub(crate) struct StrategyDecision {
    pub report: AnalysisReport,
    pub placement: Placement,
    /// Jobs running and waiting, relative to the number of slots.
    pub load: f64,
}

/// Analyses the code and decides. An analysis takes up to some 40 ms of processor time, so only a
/// few run at once, and others wait.
pub(crate) async fn select_strategy(
    state: &AppState,
    code: String,
    query: StrategyQuery,
) -> Result<StrategyDecision, ApiError> {
    let load = state.broker().jobs.status().await?.load();
    let workers_languages = state.broker().workers.languages().await?;
    let id_of = |name: &str| language_id(&workers_languages, name);
    let language = id_of(query.language.as_str());
    let names = query.client_languages.iter();
    let client_languages: Vec<LanguageId> = names.map(|name| id_of(name)).collect();
    let permit = state.analyses().acquire(query.address).await;
    let analysis = pacing::spawn_blocking(move || {
        let _permit = permit;
        let language = Language::of(&language);
        let report = language.map(|language| analyse(&code, language, AnalysisBudget::default()));
        let client = capabilities(&client_languages);
        let placement = choose_placement(&PlacementRequest {
            purpose: query.purpose,
            language,
            facts: report.as_ref(),
            load,
            problem: query.problem,
            client: &client,
        });
        (report.unwrap_or_default(), placement)
    });
    let (report, placement) = analysis
        .await
        .map_err(|error| internal("a program could not be analysed", &error))?;
    Ok(StrategyDecision {
        report,
        placement,
        load,
    })
}

/// Returns the names as texts.
pub(crate) fn language_names(languages: ClientLanguages) -> Vec<String> {
    languages.0.into_iter().map(|name| name.0).collect()
}

/// Returns the id of a language that is named by its id or an alias. A name that no worker knows is
/// taken for an id.
fn language_id(languages: &[LanguageInfo], name: &str) -> LanguageId {
    let language = languages.iter().find(|language| language.is_named(name));
    language.map_or_else(
        || LanguageId(name.to_owned()),
        |language| language.id.clone(),
    )
}

fn capabilities(client_languages: &[LanguageId]) -> ClientCapabilities {
    let runs = |language: &Language| {
        client_languages
            .iter()
            .any(|id| id.as_str() == language.id())
    };
    ClientCapabilities {
        languages: Language::ALL.into_iter().filter(runs).collect(),
    }
}
