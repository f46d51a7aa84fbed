//! Tables of LaTeX commands: symbols, accents, styles, and commands without effect.

/// Returns the text of a command without arguments.
pub(super) fn symbol(name: &str) -> Option<&'static str> {
    Some(match name {
        "%" => "%",
        "&" => "&",
        "_" => "_",
        "#" => "#",
        "$" => "$",
        "{" | "textbraceleft" | "lbrace" => "{",
        "}" | "textbraceright" | "rbrace" => "}",
        " " | "\n" | "\t" | "space" => " ",
        "/" | "-" | "@" | "!" | "protect" | "relax" | "allowbreak" | "null" => "",
        "," | "thinspace" => "\u{2009}",
        ":" | ";" | "enspace" | "enskip" => "\u{2002}",
        "quad" => "\u{2003}",
        "qquad" => "\u{2003}\u{2003}",
        "nobreakspace" => "\u{a0}",
        "ldots" | "dots" | "textellipsis" | "dotsc" => "…",
        "cdots" => "⋯",
        "textbackslash" | "backslash" => "\\",
        "textasciitilde" => "~",
        "textasciicircum" => "^",
        "textasciigrave" => "`",
        "textquotesingle" => "'",
        "textquotedbl" => "\"",
        "textquoteleft" | "lq" => "‘",
        "textquoteright" | "rq" => "’",
        "textquotedblleft" => "“",
        "textquotedblright" => "”",
        "guillemotleft" | "og" => "«",
        "guillemotright" | "fg" => "»",
        "textunderscore" => "_",
        "textbar" | "vert" => "|",
        "textless" => "<",
        "textgreater" => ">",
        "textdollar" => "$",
        "textendash" => "–",
        "textemdash" => "—",
        "textbullet" | "bullet" => "•",
        "textdegree" | "degree" => "°",
        "textperiodcentered" | "cdot" => "·",
        "textcopyright" | "copyright" => "©",
        "textregistered" => "®",
        "texttrademark" => "™",
        "texteuro" | "euro" => "€",
        "pounds" | "textsterling" => "£",
        "textyen" => "¥",
        "textmu" => "µ",
        "texttimes" | "times" => "×",
        "textdiv" | "div" => "÷",
        "textpm" | "pm" => "±",
        "le" | "leq" => "≤",
        "ge" | "geq" => "≥",
        "ne" | "neq" => "≠",
        "rightarrow" | "to" | "textrightarrow" => "→",
        "leftarrow" | "textleftarrow" => "←",
        "checkmark" => "✓",
        "S" | "textsection" => "§",
        "P" | "textparagraph" => "¶",
        "dag" => "†",
        "ddag" => "‡",
        "ss" => "ß",
        "ae" => "æ",
        "AE" => "Æ",
        "oe" => "œ",
        "OE" => "Œ",
        "aa" => "å",
        "AA" => "Å",
        "o" => "ø",
        "O" => "Ø",
        "l" => "ł",
        "L" => "Ł",
        "i" => "ı",
        "j" => "ȷ",
        "dh" => "ð",
        "DH" => "Ð",
        "th" => "þ",
        "TH" => "Þ",
        "LaTeX" => "LaTeX",
        "TeX" => "TeX",
        "today" => "",
        _ => return None,
    })
}

/// Returns a letter with an accent; `None` if the command is not an accent.
pub(super) fn accent(name: &str, letter: &str) -> Option<String> {
    let (letters, composed, combining) = match name {
        "\"" => ("aeiouyAEIOUY", "äëïöüÿÄËÏÖÜŸ", '\u{308}'),
        "'" => ("aeiouycnszAEIOUYCNSZ", "áéíóúýćńśźÁÉÍÓÚÝĆŃŚŹ", '\u{301}'),
        "`" => ("aeiouAEIOU", "àèìòùÀÈÌÒÙ", '\u{300}'),
        "^" => ("aeiouAEIOU", "âêîôûÂÊÎÔÛ", '\u{302}'),
        "~" => ("anoANO", "ãñõÃÑÕ", '\u{303}'),
        "=" => ("aeiouAEIOU", "āēīōūĀĒĪŌŪ", '\u{304}'),
        "." => ("zeZEI", "żėŻĖİ", '\u{307}'),
        "c" => ("csCS", "çşÇŞ", '\u{327}'),
        "v" => ("cszerndtCSZERNDT", "čšžěřňďťČŠŽĚŘŇĎŤ", '\u{30c}'),
        "H" => ("ouOU", "őűŐŰ", '\u{30b}'),
        "u" => ("agAG", "ăğĂĞ", '\u{306}'),
        "r" => ("auAU", "åůÅŮ", '\u{30a}'),
        "k" => ("aeAE", "ąęĄĘ", '\u{328}'),
        "d" => ("", "", '\u{323}'),
        "b" => ("", "", '\u{331}'),
        _ => return None,
    };
    let letter = match letter.trim() {
        "\\i" => "i",
        "\\j" => "j",
        letter => letter,
    };
    let mut chars = letter.chars();
    let Some(first) = chars.next() else {
        return Some(String::new());
    };
    let mut pairs = letters.chars().zip(composed.chars());
    let mut text = match pairs.find(|(plain, _)| *plain == first) {
        Some((_, composed)) => composed.to_string(),
        None => format!("{first}{combining}"),
    };
    text.push_str(chars.as_str());
    Some(text)
}

/// True for the name of an accent. Letters are accents only before an argument.
pub(super) fn is_accent(name: &str) -> bool {
    accent(name, "").is_some()
}

/// Returns the HTML element of a command that styles its argument.
pub(super) fn style(name: &str) -> Option<&'static str> {
    Some(match name {
        "textbf" => "strong",
        "emph" | "textit" | "textsl" => "em",
        "texttt" => "code",
        "underline" | "uline" => "u",
        "textsuperscript" => "sup",
        "textsubscript" => "sub",
        "sout" | "st" => "s",
        _ => return None,
    })
}

/// Returns the HTML element of a command that styles the rest of its group.
pub(super) fn declaration(name: &str) -> Option<&'static str> {
    Some(match name {
        "bf" | "bfseries" => "strong",
        "it" | "itshape" | "em" | "sl" | "slshape" => "em",
        "tt" | "ttfamily" => "code",
        _ => return None,
    })
}

/// Returns the number of arguments of a command without effect on a page.
pub(super) fn ignored(name: &str) -> Option<usize> {
    Some(match name {
        "noindent" | "centering" | "raggedright" | "raggedleft" | "smallskip" | "medskip"
        | "bigskip" | "newpage" | "clearpage" | "pagebreak" | "nopagebreak" | "vfill" | "hfill"
        | "hline" | "indent" | "maketitle" | "toprule" | "midrule" | "bottomrule" | "unskip"
        | "displaystyle" | "textstyle" | "sloppy" | "frenchspacing" | "ignorespaces"
        | "footnotemark" | "selectfont" | "raggedbottom" | "makeatletter" | "makeatother"
        | "normalfont" | "rm" | "rmfamily" | "sf" | "sffamily" | "sc" | "scshape" | "mdseries"
        | "upshape" | "tiny" | "scriptsize" | "footnotesize" | "small" | "normalsize" | "large"
        | "Large" | "LARGE" | "huge" | "Huge" | "boldmath" | "samepage" | "break" | "textwidth"
        | "linewidth" | "columnwidth" | "textheight" | "baselineskip" | "parindent" | "parskip"
        | "itemsep" | "begingroup" | "endgroup" | "bgroup" | "egroup" => 0,
        "vspace" | "vspace*" | "hspace" | "hspace*" | "label" | "pagestyle" | "thispagestyle"
        | "usepackage" | "documentclass" | "documentstyle" | "index" | "cline" | "cmidrule"
        | "phantom" | "hphantom" | "vphantom" | "color" | "graphicspath" | "lstset" | "vskip"
        | "hskip" | "usetikzlibrary" | "bibliographystyle" | "captionsetup" | "cellcolor"
        | "rowcolor" | "arraystretch" | "enlargethispage" | "pagenumbering" | "sisetup" => 1,
        "setlength" | "addtolength" | "setcounter" | "addtocounter" | "definecolor"
        | "setitemize" | "setlist" | "hyphenation" | "rule" => 2,
        _ => return None,
    })
}

/// Returns the number of arguments before the text of a command that only shows its last argument.
pub(super) fn wrapper(name: &str) -> Option<usize> {
    Some(match name {
        "textrm" | "textsf" | "textnormal" | "textup" | "textmd" | "textsc" | "mbox" | "hbox"
        | "text" | "fbox" | "makebox" | "framebox" | "centerline" | "title" | "uppercase"
        | "lowercase" | "MakeUppercase" | "sidenote" | "num" | "ang" | "vbox" | "boxed"
        | "centerbox" | "enquote*" | "url*" | "unit" | "si" | "textlf" | "textin" => 0,
        "textcolor" | "colorbox" | "parbox" | "raisebox" | "scalebox" | "rotatebox"
        | "foreignlanguage" | "hyperref" | "texorpdfstring" | "adjustbox" | "multirow*" => 1,
        "resizebox" | "resizebox*" | "fcolorbox" => 2,
        _ => return None,
    })
}
