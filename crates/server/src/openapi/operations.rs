use serde_json::Value;

/// Calls `change` with each operation's method, path and description.
pub(super) fn for_each_operation(
    document: &mut Value,
    mut change: impl FnMut(&str, &str, &mut Value),
) {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, item) in paths {
        let operations = item.as_object_mut().into_iter().flatten();
        for (method, operation) in operations {
            change(method, path, operation);
        }
    }
}
