/// True for characters that make a name look like another one: control characters, invisible ones,
/// and those that change the direction of the text around them.
pub(crate) fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Returns a title without control characters, invisible ones and those that override the direction
/// of text. Joiners and direction marks stay: emoji and several scripts need them.
pub fn plain_title(title: &str) -> String {
    let characters = title.chars().filter_map(|character| match character {
        '\n' | '\r' | '\t' => Some(' '),
        '\u{200c}'..='\u{200f}' => Some(character),
        character => Some(character).filter(|character| !is_deceptive(*character)),
    });
    characters.collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_stripped_of_what_deceives() {
        assert_eq!(plain_title("A\u{202e}B\u{0}\u{1b}[31m"), "AB[31m");
        assert_eq!(plain_title(" Two\nlines\t"), "Two lines");
        assert_eq!(plain_title("Zoë’s – Ωmega 🎈"), "Zoë’s – Ωmega 🎈");
    }
}
