//! The bounds of what requests say, from the constants that the checks use.
//!
//! Texts are bounded in bytes, and JSON Schema counts characters: a text that is longer than its
//! `maxLength` is refused, and one that is not may still have too many bytes.

use letscode_model::{ApiKey, KeyScope, UserSecret};
use letscode_model::{LanguageId, MAX_NAME_BYTES, ProblemId, RunBounds};
use letscode_model::{LimitValues, MAX_DRAFT_BYTES, MAX_INPUT_BYTES, MAX_SOURCE_BYTES, UserId};
use letscode_store::MAX_PAGE_SIZE;
use serde_json::{Value, json};
use strum::IntoEnumIterator;

use super::operations::for_each_operation;
use crate::Password;
use crate::callback::MAX_URL_BYTES;
use crate::client_result::MAX_CLIENT_TESTS;
use crate::ownership::MAX_LINK_BYTES;
use crate::params::MAX_CURSOR_BYTES;
use crate::routes::auth::{MAX_CODE_BYTES, MAX_NAME_TEXT_BYTES};
use crate::routes::problems::MAX_LANG_BYTES;
use crate::routes::provider_login::MAX_NEXT_BYTES;
use crate::routes::statement::MAX_FILE_NAME_BYTES;
use crate::routes::submissions::MAX_IDS;
use crate::strategy::MAX_CLIENT_LANGUAGES;

const WITHOUT_NUL: &str = r"^[^\u0000]*$";
const WITHOUT_CONTROL: &str = r"^[^\u0000-\u001f\u007f-\u009f]+$";
const PROBLEM_ID: &str = r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$";
/// Every part of a path begins with something else than `.`, `-` and `@`.
const FILE_NAME: &str = r"^[^\u0000-\u001f\u007f./@-][^\u0000-\u001f\u007f/]*(/[^\u0000-\u001f\u007f./@-][^\u0000-\u001f\u007f/]*)*$";
const VARIABLE_NAME: &str = "^[A-Za-z_][A-Za-z0-9_]*$";
/// A path without `//` at its beginning and without `\`.
const OWN_PATH: &str = r"^/([!-.0-\[\]-~][!-\[\]-~]*)?$";
const UUID_CHARS: usize = 36;

/// Adds bounds to the fields of requests and to parameters.
pub(super) fn add(document: &mut Value, bounds: &RunBounds) {
    separate_compile_limits(document);
    let schemas = &mut document["components"]["schemas"];
    for (schema, fields) in bounded_fields(bounds).into_iter().chain(account_fields()) {
        for (field, field_bounds) in fields {
            if let Some(property) = schemas.pointer_mut(&format!("/{schema}/properties/{field}")) {
                extend(property, field_bounds);
            }
        }
    }
    extend(&mut schemas["ProblemId"], problem_id());
    if let Some(resume) = schemas.pointer_mut("/ClientMessage/oneOf/0") {
        extend(
            &mut resume["properties"]["after"],
            json!({"maximum": u64::MAX}),
        );
        extend(resume, json!({"additionalProperties": false}));
    }
    for_each_operation(document, |_, path, operation| {
        let parameters = operation.get_mut("parameters");
        let parameters = parameters.and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default();
            if let Some(parameter_bounds) = bounded_parameter(path, name) {
                extend(&mut parameter["schema"], parameter_bounds);
            }
        }
    });
}

/// Gives compilations a schema of their own: their limits have other maxima.
fn separate_compile_limits(document: &mut Value) {
    let schemas = &mut document["components"]["schemas"];
    schemas["CompileLimitSpec"] = schemas["LimitSpec"].clone();
    for request in ["RunRequest", "TestRequest"] {
        let reference = json!("#/components/schemas/CompileLimitSpec");
        schemas[request]["properties"]["compileLimits"]["$ref"] = reference;
    }
}

fn extend(schema: &mut Value, bounds: Value) {
    let (Some(schema), Value::Object(bounds)) = (schema.as_object_mut(), bounds) else {
        return;
    };
    for (name, value) in bounds {
        match schema.get_mut(&name) {
            Some(Value::Object(nested)) => {
                nested.extend(value.as_object().cloned().unwrap_or_default())
            }
            _ => drop(schema.insert(name, value)),
        }
    }
}

type BoundedFields = Vec<(&'static str, Value)>;

fn bounded_fields(bounds: &RunBounds) -> Vec<(&'static str, BoundedFields)> {
    vec![
        ("SubmitRequest", submit_fields()),
        ("RouteRequest", submit_fields()),
        (
            "ClientResult",
            vec![("testResults", json!({"maxItems": MAX_CLIENT_TESTS}))],
        ),
        ("ClientTest", vec![("executionTime", json!({"minimum": 0}))]),
        (
            "HintRequest",
            vec![("language", language()), ("userId", user_id())],
        ),
        (
            "DraftRequest",
            vec![
                ("problemId", problem_id()),
                ("code", text_without_nul(1, MAX_DRAFT_BYTES)),
            ],
        ),
        ("RunRequest", program_fields(bounds)),
        ("TestRequest", snippet_fields(bounds)),
        (
            "RunFileRequest",
            vec![
                ("name", file_name()),
                ("content", text(0, base64_chars(bounds.max_file_bytes))),
            ],
        ),
        (
            "RunTestRequest",
            vec![
                ("name", text(0, MAX_NAME_BYTES)),
                ("stdin", text(0, base64_chars(bounds.max_input_bytes))),
                ("expected", text(0, base64_chars(bounds.max_input_bytes))),
                ("args", args(bounds)),
            ],
        ),
        (
            "CheckerBody",
            vec![
                ("language", language()),
                ("code", text(0, bounds.max_file_bytes)),
                ("files", json!({"maxItems": bounds.max_files})),
                ("args", args(bounds)),
            ],
        ),
        ("LimitSpec", limit_fields(&bounds.max_limits)),
        ("CompileLimitSpec", limit_fields(&bounds.max_compile_limits)),
        ("PackageForm", vec![("id", problem_id())]),
    ]
}

/// Fields of requests about a submission.
fn submit_fields() -> BoundedFields {
    let client_language = text(1, LanguageId::MAX_BYTES);
    vec![
        ("code", text_without_nul(1, MAX_SOURCE_BYTES)),
        ("language", language()),
        ("problemId", problem_id()),
        ("userId", user_id()),
        (
            "clientLanguages",
            json!({"maxItems": MAX_CLIENT_LANGUAGES, "items": client_language}),
        ),
        ("callbackUrl", url()),
    ]
}

/// Fields of `POST /api/run`.
fn program_fields(bounds: &RunBounds) -> BoundedFields {
    let variable_name = json!({"pattern": VARIABLE_NAME, "maxLength": bounds.max_args_bytes});
    vec![
        ("language", language()),
        ("code", text(0, bounds.max_file_bytes)),
        ("files", json!({"maxItems": bounds.max_files})),
        ("entryPoint", text(1, MAX_NAME_BYTES)),
        ("stdin", text(0, base64_chars(bounds.max_input_bytes))),
        ("args", args(bounds)),
        (
            "env",
            json!({
                "maxProperties": bounds.max_args,
                "propertyNames": variable_name,
                "additionalProperties": text_without_nul(0, bounds.max_args_bytes),
            }),
        ),
        ("compileOptions", args(bounds)),
        ("tests", json!({"maxItems": bounds.max_tests})),
        (
            "collect",
            json!({"maxItems": bounds.max_collected_files, "items": file_name()}),
        ),
        (
            "keepFor",
            json!({"minimum": 1, "maximum": bounds.max_keep_for}),
        ),
        ("callbackUrl", url()),
        ("userId", user_id()),
    ]
}

/// Fields of `POST /api/test`.
fn snippet_fields(bounds: &RunBounds) -> BoundedFields {
    let mut fields = program_fields(bounds);
    fields.retain(|(name, _)| !["code", "stdin", "keepFor", "callbackUrl"].contains(name));
    fields.push(("code", text_without_nul(1, MAX_SOURCE_BYTES)));
    fields.push(("input", text(0, MAX_INPUT_BYTES)));
    fields
}

fn limit_fields(max: &LimitValues) -> BoundedFields {
    let fields = max.fields().into_iter();
    fields
        .map(|(name, max)| (name, json!({"minimum": 1, "maximum": max})))
        .collect()
}

/// Returns the bounds of a parameter of a path or query string.
fn bounded_parameter(path: &str, name: &str) -> Option<Value> {
    match name {
        "id" if path.starts_with("/api/problems") => Some(problem_id()),
        "id" if path.starts_with("/api/admin/users") => Some(text(1, UserId::MAX_BYTES)),
        "id" => Some(text(1, UUID_CHARS)),
        "submissionId" => Some(text(1, UUID_CHARS)),
        "problemId" => Some(problem_id()),
        "userId" => Some(user_id()),
        "file" => Some(text(1, MAX_FILE_NAME_BYTES)),
        "lang" => Some(text(1, MAX_LANG_BYTES)),
        "cursor" => Some(text(1, MAX_CURSOR_BYTES)),
        "link" => Some(text(1, MAX_LINK_BYTES)),
        "ids" => Some(text(1, MAX_IDS * (UUID_CHARS + 1) - 1)),
        "limit" if path.starts_with("/api/admin") => None,
        "limit" => Some(json!({"minimum": 1, "maximum": MAX_PAGE_SIZE})),
        "name" => Some(text(1, MAX_NAME_TEXT_BYTES)),
        "after" if path.starts_with("/api/admin") => Some(text(0, MAX_NAME_TEXT_BYTES)),
        "after" => Some(json!({"minimum": 0, "maximum": u64::MAX})),
        _ => None,
    }
}

/// Fields of requests about accounts. Passwords that are checked may be any text.
fn account_fields() -> Vec<(&'static str, BoundedFields)> {
    let name = || text(2, MAX_NAME_TEXT_BYTES);
    let chosen = || text(Password::MIN_CHARS, Password::MAX_BYTES);
    let checked = || text(0, Password::MAX_BYTES);
    vec![
        (
            "RegisterRequest",
            vec![
                ("name", name()),
                ("password", chosen()),
                ("invitation", text(0, MAX_CODE_BYTES)),
            ],
        ),
        (
            "LoginRequest",
            vec![
                ("name", text(0, MAX_NAME_TEXT_BYTES)),
                ("password", checked()),
            ],
        ),
        (
            "PasswordRequest",
            vec![("current", checked()), ("password", chosen())],
        ),
        (
            "ProviderLoginRequest",
            vec![
                ("next", patterned_text(1, MAX_NEXT_BYTES, OWN_PATH)),
                ("invitation", text(0, MAX_CODE_BYTES)),
            ],
        ),
        ("IdentityRequest", vec![("password", checked())]),
        ("EraseRequest", vec![("password", checked())]),
        ("RenameRequest", vec![("name", name())]),
        ("InvitationRequest", vec![("name", name())]),
        (
            "ClaimRequest",
            vec![("secret", text(UserSecret::MIN_BYTES, UserSecret::MAX_BYTES))],
        ),
        (
            "KeyRequest",
            vec![
                ("name", text(1, ApiKey::MAX_NAME_BYTES)),
                (
                    "scopes",
                    json!({
                        "minItems": 1, "maxItems": KeyScope::iter().count(), "uniqueItems": true,
                    }),
                ),
                ("quota", patterned_text(3, 15, "^[0-9]+/(h|hour|day)$")),
            ],
        ),
    ]
}

/// Characters of the base64 of so many bytes.
fn base64_chars(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

fn text(min: usize, max: usize) -> Value {
    json!({"minLength": min, "maxLength": max})
}

fn patterned_text(min: usize, max: usize, pattern: &str) -> Value {
    json!({"minLength": min, "maxLength": max, "pattern": pattern})
}

fn text_without_nul(min: usize, max: usize) -> Value {
    let mut bounds = patterned_text(min, max, WITHOUT_NUL);
    bounds["type"] = json!("string");
    bounds
}

fn language() -> Value {
    text(1, LanguageId::MAX_BYTES)
}

fn problem_id() -> Value {
    patterned_text(1, ProblemId::MAX_BYTES, PROBLEM_ID)
}

fn user_id() -> Value {
    patterned_text(1, UserId::MAX_BYTES, WITHOUT_CONTROL)
}

fn file_name() -> Value {
    patterned_text(1, MAX_NAME_BYTES, FILE_NAME)
}

fn url() -> Value {
    patterned_text(1, MAX_URL_BYTES, "^[Hh][Tt][Tt][Pp][Ss]?://")
}

fn args(bounds: &RunBounds) -> Value {
    let item = text_without_nul(0, bounds.max_args_bytes);
    json!({"maxItems": bounds.max_args, "items": item})
}
