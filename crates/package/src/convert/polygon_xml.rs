//! Access to `problem.xml`.

use roxmltree::Node;

use crate::error::PackageError;
use crate::file_names::PROBLEM_XML;
use crate::foreign_format::ForeignFormat;

pub(super) const EXPORT_AGAIN: &str =
    "in Polygon, build a full package (with its tests) and import that";

pub(super) fn unsupported(reason: impl Into<String>, help: &str) -> PackageError {
    ForeignFormat::Polygon.unsupported(PROBLEM_XML, reason, help)
}

pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.has_tag_name(name))
}

pub(super) fn elements<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    name: &'a str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children()
        .filter(move |child| child.has_tag_name(name))
}
