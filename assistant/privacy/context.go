package privacy

import (
	"bytes"
	"strings"
)

// context is what nearby words say a number or a name is.
type context uint8

// The contexts. A word belongs to one.
const (
	noContext context = iota
	phoneContext
	idContext
	cardContext
	birthContext
	recordContext
	passportContext
	boundContext // before, since: of a range, not of a person
	titleContext // Mr, Frau: a name follows
	roleContext  // patient, customer: a name may follow
	nameContext  // named, called: a name follows
	versionContext
	contexts
)

// reach is how far before a number its context may stand, in folded bytes. See Filter, which must keep as much.
const reach = 40

func (c *scanner) note(k context, end int) {
	if k != noContext {
		c.near[k] = end
	}
}

// within says whether the context stands within the given bytes before i, on the same line.
func (c *scanner) within(k context, i, distance int) bool {
	end := c.near[k]
	return end <= i && i-end <= distance && bytes.IndexByte(c.s[end:i], '\n') < 0
}

// contextWords are single words, folded and in lower case, by context.
var contextWords = map[context]string{
	phoneContext: `phone phones telephone tel tele mobile mobil cell cellphone cellular whatsapp fax phoned texted dial handy handynummer telefon telefonnummer rufnummer
		telefono telefonos movil celular telephone telefone telemovel telefoon telefoonnummer puhelin telefonu телефон тел мобильный טלפון נייד هاتف جوال
		फोन`,
	idContext: `ssn ssns nhs nino aadhaar aadhar pesel tfn medicare cpf dni nif nie steuerid personnummer bsn insee nir snils снилс henkilotunnus hetu itin nric
		sozialversicherungsnummer steueridentifikationsnummer ausweisnummer fiscale zehut תז`,
	cardContext: `visa mastercard amex maestro kreditkarte kreditkartennummer cb cvv tarjeta`,
	birthContext: `dob born birthday birthdate birthdays geboren geburtsdatum geb nacido nacida nee naissance nascimento nato nata nascido nascida urodzony
		urodzona рождения syntynyt geboortedatum`,
	recordContext:   `mrn mrns emrn patientennummer patientnummer expediente aktenzeichen patientnr patientennr`,
	passportContext: `passport reisepass passeport pasaporte passaporto passaporte паспорт`,
	boundContext:    `before after between since until prior vor nach zwischen seit bis antes despues desde hasta avant apres depuis`,
	titleContext: `mr mrs ms miss mister madam herr herrn frau monsieur madame mme mlle senor senora senorita sr sra srta signor signora sig pani meneer mevrouw
		dhr mevr господин госпожа`,
	roleContext: `patient patients patientin paciente pacientes paziente pacjent pacjentka пациент пациента пациентка customer client clients kunde kundin
		cliente
		member subscriber insured optometrist optician`,
	nameContext:    `named surname lastname firstname forename nombre vorname nachname cognome`,
	versionContext: `version ver release firmware`,
}

// contextPhrases are two words, likewise.
var contextPhrases = map[context]string{
	phoneContext: `phone number|cell number|mobile number|call me|call him|call her|call them|text me|reach me|contact number|ring me|whats app`,
	idContext: `social security|security number|national id|national insurance|insurance number|id number|id card|identity number|identity card|tax id|tax number
		|personal id|codice fiscale|securite sociale
		|seguridad social|teudat zehut|תעודת זהות|steuer id|personal number|id no`,
	cardContext:  `credit card|debit card|card number|card no|card ending|carte bancaire|carta di|cartao de`,
	birthContext: `birth date|of birth|born on|date birth|de nacimiento|de naissance|di nascita|de nascimento|дата рождения|data urodzenia`,
	recordContext: `medical record|record number|record no|record id|patient id|patient no|patient number|patient nr|patient file|chart number|chart no|chart id
		|member id|member number|policy number|policy no|insurance id|subscriber id|health record|case number|historia clinica|numero dossier|dossier patient
		|dossier numero|cartella clinica|номер карты`,
	passportContext: `passport number|passport no|license number|licence number|drivers license|driver license|driving licence|driver licence`,
	nameContext:     `name is|names is|is named|is called|my name|name was|full name|first name|last name|patient name|patient named|patient called`,
}

// Words of languages that put no space between them.
var unspacedWords = []struct {
	text string
	is   context
}{
	{"电话", phoneContext}, {"電話", phoneContext}, {"手机", phoneContext}, {"手機", phoneContext}, {"携帯", phoneContext}, {"身份证", idContext}, {"身份證", idContext},
	{"マイナンバー", idContext}, {"病历号", recordContext}, {"患者番号", recordContext}, {"生日", birthContext}, {"出生", birthContext}, {"生年月日", birthContext}, {"护照", passportContext},
}

var words, phrases, seconds = contextTables()

// contextTables are contextWords and contextPhrases in every casing, and the second words of the phrases.
func contextTables() (words, phrases map[string]context, seconds map[string]bool) {
	words, phrases, seconds = map[string]context{}, map[string]context{}, map[string]bool{}
	for k, list := range contextWords {
		for _, w := range fields(list) {
			for _, cased := range casings(w) {
				words[lowerASCII(foldString(cased))] = k
			}
		}
	}
	for k, list := range contextPhrases {
		for p := range strings.SplitSeq(list, "|") {
			for _, cased := range casings(strings.Join(fields(p), " ")) {
				p := lowerASCII(foldString(cased))
				phrases[p] = k
				seconds[p[strings.IndexByte(p, ' ')+1:]] = true
			}
		}
	}
	return words, phrases, seconds
}

// lowerASCII is how the scanner lowers a word.
func lowerASCII(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lower(b[i])
	}
	return string(b)
}

// phrase is the context of the last word together with the one that begins at i.
func (c *scanner) phrase(i int, second []byte) context {
	var b [2*maxWord + 1]byte
	first := c.previous.text
	if first == nil || i-c.previous.end > 3 || i <= c.previous.end {
		return noContext
	}
	n := copy(b[:], first)
	b[n] = ' '
	n += 1 + copy(b[n+1:], second)
	return phrases[string(b[:n])]
}

// noteUnspaced looks for words at the end of a run of another script.
func (c *scanner) noteUnspaced(i, e int) {
	tail := c.s[max(i, e-24):e]
	for _, w := range unspacedWords {
		if bytes.Contains(tail, []byte(w.text)) {
			c.note(w.is, e)
		}
	}
}
