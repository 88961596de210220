package privacy

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// termWords lists what a question about patients must not ask for, by the guide's terms (name, address, phone,
// email, ssn) and two more, with plurals and in other languages. A comma separates phrases.
//
//nolint:misspell // of many languages
var termWords = map[string]string{
	"name": `name,names,named persons,surname,surnames,firstname,firstnames,lastname,lastnames,fullname,fullnames,forename,forenames,nickname,patientname,
		patientnames,maiden name,
		nombre,nombres,apellido,apellidos,nom,noms,prenom,prenoms,namen,vorname,vornamen,nachname,nachnamen,familienname,familiennamen,nome,nomi,nomes,cognome,cognomi,
		sobrenome,sobrenomes,
		naam,voornaam,achternaam,imie,imiona,imion,nazwisko,nazwiska,nazwisk,isim,isimler,isimleri,ismi,adi,adlari,soyadi,navn,namn,nimi,nimet,nume,numele,nev,nevek,
		jmeno,jmena,
		имя,имена,имен,именам,именами,фамилия,фамилии,фамилий,фио,ονομα,ονοματα,שם,שמות,שמם,שמותיהם,اسم,أسماء,اسماء,أسماؤهم,नाम`,

	"address": `address,addresses,adress,home address,street address,zip code,zip codes,zipcode,zipcodes,postcode,postcodes,postal code,direccion,direcciones,
		domicilio,domicilios,
		adresse,adressen,adresses,anschrift,anschriften,wohnort,indirizzo,indirizzi,endereco,enderecos,morada,moradas,adres,adressen,adresy,adresow,adresi,adresleri,
		osoite,osoitteet,adresa,
		адрес,адреса,адресов,адресами,адресу,διευθυνση,כתובת,כתובות,כתובתם,عنوان,عناوين,पता,पते`,
	"phone": `phone,phones,telephone,telephones,phonenumber,phonenumbers,phone number,cell number,cell numbers,mobile number,mobile numbers,contact details,
		contact information,contact info,contact number,contact numbers,
		contact data,whatsapp,telefono,telefonos,celular,celulares,telefone,telefones,telemovel,telefon,telefone,telefonnummer,telefonnummern,handynummer,handynummern,
		rufnummer,rufnummern,kontaktdaten,
		numero telephone,numeri telefono,cellulare,cellulari,telefoni,telefoon,telefoonnummer,telefoonnummers,telefony,telefonow,telefonu,telefonlari,puhelin,puhelinnumero,
		телефон,телефоны,телефонов,телефона,τηλεφωνο,τηλεφωνα,טלפון,טלפונים,هاتف,هواتف,جوال,फोन`,
	"email": `email,emails,e mail,e mails,emailaddress,emailaddresses,mail,mails,mailadresse,mailadressen,emailadresse,emailadressen,correo,correos,courriel,
		courriels,posta elettronica,eposta,e posta,e postalari,
		почта,почты,почту,имейл,имейлы,אימייל,אימיילים,מייל,דואל,ايميل,إيميل,بريد,ईमेल`,
	"ssn": `ssn,ssns,social security,socialsecurity,social security number,national id,national ids,national insurance,identity number,identity numbers,id card,
		id cards,id number,id numbers,passport,passports,
		driver license,drivers license,driving licence,dni,dnis,nif,cpf,cpfs,pesel,nhs number,nhs numbers,aadhaar,seguridad social,securite sociale,insee,
		codice fiscale,codici fiscali,sozialversicherungsnummer,
		sozialversicherungsnummern,ausweis,ausweisnummer,ausweisnummern,reisepass,personnummer,bsn,снилс,паспорт,паспорта,паспортов,זהות,جواز,تعريف,credit card,
		credit cards,card number,card numbers`,
	"birth date": `date of birth,dates of birth,birth date,birth dates,birthdate,birthdates,birthday,birthdays,dob,dobs,of birth,fecha nacimiento,de nacimiento,
		de naissance,geburtsdatum,geburtsdaten,geburtstag,geburtstage,
		di nascita,de nascimento,geboortedatum,urodzenia,dogum tarihi,рождения,תאריך לידה,ميلاد`,
	"record number": `record number,record numbers,medical record,medical records,mrn,mrns,patient id,patient ids,patientid,patientids,chart number,chart numbers,
		member id,member ids,policy number,policy numbers,
		patientennummer,patientennummern,historia clinica,historias clinicas,numero dossier,numeros dossier,cartella clinica`,
}

// termStuck are those of languages that put no space between words.
var termStuck = map[string]string{
	"name":          `姓名,名字,名前,氏名,이름,성명,ชื่อ`,
	"address":       `地址,住址,住所,주소,ที่อยู่`,
	"phone":         `电话,電話,手机,手機,携帯,전화,โทรศัพท์`,
	"email":         `邮箱,郵箱,邮件,電郵,メール,이메일,อีเมล`,
	"ssn":           `身份证,身份證,社保,护照,護照,マイナンバー,주민등록,여권`,
	"birth date":    `生日,出生日期,生年月日,생년월일`,
	"record number": `病历号,病歷號,患者番号,カルテ番号`,
}

var (
	terms      = map[string]string{}
	stuckTerms = map[int]map[string]string{} // by length
)

func init() {
	for term, list := range termWords {
		for _, w := range strings.Split(list, ",") {
			for _, cased := range casings(w) {
				w := strings.ToLower(strings.Join(fields(foldString(cased)), " "))
				if parts := fields(w); len(parts) > 2 { // its first two words are enough
					w = parts[0] + " " + parts[1]
					if parts[1] == "of" {
						w = parts[1] + " " + parts[2]
					}
				}
				terms[w] = term
			}
		}
	}
	for term, list := range termStuck {
		for _, w := range strings.Split(foldString(list), ",") {
			if stuckTerms[len(w)] == nil {
				stuckTerms[len(w)] = map[string]string{}
			}
			stuckTerms[len(w)][w] = term
		}
	}
}

// casings are a word as it stands, with a capital, and in capitals: a capital of another script may pass for an ASCII
// letter where the small one does not (Т and т), so each is folded by itself.
func casings(w string) []string {
	w = strings.TrimSpace(w)
	r, size := utf8.DecodeRuneInString(w)
	return []string{w, string(unicode.ToUpper(r)) + w[size:], strings.ToUpper(w)}
}
