use unicode_security::MixedScript;
use unicode_security::confusable_detection::skeleton;

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

/// Returns the first word that imitates one of ASCII letters: its letters are of several scripts, as
/// in Latin with a Cyrillic `а`, and look like ASCII (Unicode Technical Standard 39). Words of a single
/// script are what they look like to those who read it.
pub fn imitating_word(text: &str) -> Option<&str> {
    let mut words = text.split(|character: char| !character.is_alphanumeric());
    words.find(|word| {
        let is_mixed = !word.is_ascii() && !word.is_single_script();
        is_mixed && skeleton(word).all(|character| character.is_ascii())
    })
}

/// Returns a text of several lines with its control characters as pictures (`␛`), so that a terminal
/// does nothing that the text's author asks of it, and without those that override the direction of
/// text. Line ends and tabs stay.
pub fn visible_text(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let characters = text.chars().map(|character| match character {
        '\n' | '\t' => character,
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        character => character,
    });
    characters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_stripped_of_what_deceives() {
        assert_eq!(plain_title("A\u{202e}B\u{0}\u{1b}[31m"), "AB[31m");
        assert_eq!(plain_title("x\u{200b}\u{2066}y"), "xy");
        assert_eq!(plain_title(" Two\nlines\t"), "Two lines");
        assert_eq!(plain_title("Zoë’s – Ωmega 🎈"), "Zoë’s – Ωmega 🎈");
    }

    #[test]
    fn words_of_mixed_scripts_imitate_others() {
        let imitations = ["аdmin", "the pаypal-user", "ехаmple 1", "gооgle", "Ρython"];
        for text in imitations {
            assert!(imitating_word(text).is_some(), "{text}");
        }
        assert_eq!(imitating_word("user_аda"), Some("аda"));
        let names = [
            "ada",
            "анна",
            "user-дмитрий",
            "Zoë",
            "Ωmega",
            "µs",
            "Łódź",
            "太郎san",
            "A×B",
            "सीता",
        ];
        for text in names {
            assert_eq!(imitating_word(text), None, "{text}");
        }
    }

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(visible_text("\x1b[2J\x07\r"), "␛[2J␇␍");
        assert_eq!(
            visible_text("a\tb\r\n\u{9b}1m\u{202e}c"),
            "a\tb\n\u{fffd}1m\u{fffd}c"
        );
        assert_eq!(visible_text("naïve – 🎈\n"), "naïve – 🎈\n");
    }
}
