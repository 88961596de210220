package privacy

const latinTableEnd = 0x250

// latinTable holds what the letters of Latin-1 and Latin Extended-A and -B are without their accents.
var latinTable = func() (table [latinTableEnd]string) {
	for plain, accented := range map[string]string{
		"A": "ÀÁÂÃÄÅĀĂĄǍ", "AE": "Æ", "C": "ÇĆĈĊČ", "D": "ÐĎĐ", "E": "ÈÉÊËĒĔĖĘĚ", "G": "ĜĞĠĢ", "H": "ĤĦ", "I": "ÌÍÎÏĨĪĬĮİǏ",
		"J": "Ĵ", "K": "Ķ", "L": "ĹĻĽĿŁ", "N": "ÑŃŅŇŊ", "O": "ÒÓÔÕÖØŌŎŐǑ", "OE": "Œ", "R": "ŔŖŘ", "S": "ŚŜŞŠȘ", "T": "ŢŤŦȚ",
		"U": "ÙÚÛÜŨŪŬŮŰŲǓ", "W": "Ŵ", "Y": "ÝŶŸ", "Z": "ŹŻŽ",
		"a": "àáâãäåāăąǎª", "ae": "æ", "c": "çćĉċč", "d": "ðďđ", "e": "èéêëēĕėęě", "g": "ĝğġģ", "h": "ĥħ", "i": "ìíîïĩīĭįıǐ",
		"j": "ĵ", "k": "ķĸ", "l": "ĺļľŀł", "n": "ñńņňŉŋ", "o": "òóôõöøōŏőǒº", "oe": "œ", "r": "ŕŗř", "s": "śŝşšșſ", "ss": "ß", "t": "ţťŧț",
		"u": "ùúûüũūŭůűųǔ", "w": "ŵ", "y": "ýÿŷ", "z": "źżž", "1": "¹", "2": "²", "3": "³", ".": "·", " ": "\u00a0",
	} {
		for _, r := range accented {
			table[r] = plain
		}
	}
	return table
}()

// lookalikes are characters that are drawn like an ASCII one.
var lookalikes = func() map[rune]byte {
	table := map[rune]byte{}
	for plain, others := range map[string]string{
		"A": "АΑᎪ", "B": "ВΒ", "C": "СϹ", "E": "ЕΕ", "H": "НΗ", "I": "ІΙӀ", "J": "Ј", "K": "КΚ", "M": "МΜ", "N": "Ν", "O": "ОΟ", "P": "РΡ", "S": "Ѕ",
		"T": "ТΤ", "X": "ХΧ", "Y": "ҮΥ", "Z": "Ζ",
		"a": "аɑα", "c": "сϲ", "d": "ԁ", "e": "еҽ", "g": "ɡ", "h": "һ", "i": "іιɩ", "j": "ј", "k": "κ", "l": "ӏ", "n": "ո", "o": "оοօ", "p": "рρ", "q": "ԛ",
		"s": "ѕ", "u": "υ", "v": "ѵν", "w": "ԝ", "x": "хχ", "y": "уү",
		"@": "＠﹫", ".": "。｡․．﹒", "-": "−‐‑‒–—―﹣⁃", "/": "⁄∕", ":": "∶：", "+": "﹢",
	} {
		for _, r := range others {
			table[r] = plain[0]
		}
	}
	table['⓪'], table['⁰'] = '0', '0'
	return table
}()
