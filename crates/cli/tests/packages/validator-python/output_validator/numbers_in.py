def numbers(text):
    try:
        return [int(word) for word in text.split()]
    except ValueError:
        return []
