print(*["é€".encode(c) for c in ("utf-16", "utf-8-sig", "cp1252", "utf-7", "punycode")])
