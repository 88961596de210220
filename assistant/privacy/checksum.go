package privacy

// The check digits below are those of the authorities that give the numbers out. d holds ASCII digits.

// luhn is ISO/IEC 7812-1 annex B.
func luhn(d []byte) bool {
	sum := 0
	for i := range d {
		n := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

// weighted is the sum of the digits times their weights.
func weighted(d []byte, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += int(d[i]-'0') * w
	}
	return sum
}

// repeated says whether all digits are the same, which passes many a checksum and is nobody's number.
func repeated(d []byte) bool {
	for _, c := range d {
		if c != d[0] {
			return false
		}
	}
	return true
}

func validSSN(d []byte) bool {
	return string(d[:3]) != "000" && string(d[:3]) != "666" && d[0] != '9' && string(d[3:5]) != "00" && string(d[5:]) != "0000"
}

func validITIN(d []byte) bool { return d[0] == '9' && d[3] >= '5' }

// validNHS is modulus 11 of the NHS Data Dictionary.
func validNHS(d []byte) bool {
	check := 11 - weighted(d, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11
	return check%11 == int(d[9]-'0') && check != 10 && !repeated(d)
}

func validSIN(d []byte) bool { return luhn(d) && d[0] != '0' && d[0] != '8' && !repeated(d) }

func validCPF(d []byte) bool {
	digit := func(sum int) byte {
		if r := sum * 10 % 11; r < 10 {
			return byte('0' + r)
		}
		return '0'
	}
	return !repeated(d) && d[9] == digit(weighted(d, 10, 9, 8, 7, 6, 5, 4, 3, 2)) && d[10] == digit(weighted(d, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2))
}

func validPESEL(d []byte) bool {
	month := int(d[2]-'0')*10 + int(d[3]-'0')
	day := int(d[4]-'0')*10 + int(d[5]-'0')
	return month%20 >= 1 && month%20 <= 12 && day >= 1 && day <= 31 &&
		(10-weighted(d, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3)%10)%10 == int(d[10]-'0')
}

// validNIR is the French number: the key makes the whole a multiple of 97.
func validNIR(d []byte) bool {
	month := int(d[3]-'0')*10 + int(d[4]-'0')
	if d[0] != '1' && d[0] != '2' || month < 1 || month > 12 && month < 20 {
		return false
	}
	n := 0
	for _, c := range d[:13] {
		n = (n*10 + int(c-'0')) % 97
	}
	return 97-n == int(d[13]-'0')*10+int(d[14]-'0')
}

// validDETax is ISO 7064 MOD 11,10 of the German Steuer-ID.
func validDETax(d []byte) bool {
	product := 10
	for _, c := range d[:10] {
		sum := (int(c-'0') + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = sum * 2 % 11
	}
	return d[0] != '0' && (11-product)%10 == int(d[10]-'0')
}

// validAadhaar is Verhoeff's check digit.
func validAadhaar(d []byte) bool {
	if d[0] < '2' || d[0] == '2' && string(d[4:6]) == "20" && string(d[8:10]) == "20" { // three years
		return false
	}
	c := 0
	for i := range d {
		c = int(verhoeffD[c][verhoeffP[i%8][d[len(d)-1-i]-'0']])
	}
	return c == 0
}

var verhoeffD = [10][10]byte{
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 0, 6, 7, 8, 9, 5}, {2, 3, 4, 0, 1, 7, 8, 9, 5, 6}, {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
	{4, 0, 1, 2, 3, 9, 5, 6, 7, 8}, {5, 9, 8, 7, 6, 0, 4, 3, 2, 1}, {6, 5, 9, 8, 7, 1, 0, 4, 3, 2}, {7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
	{8, 7, 6, 5, 9, 3, 2, 1, 0, 4}, {9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
}

var verhoeffP = func() (p [8][10]byte) {
	p[0] = [10]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	p[1] = [10]byte{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	for i := 2; i < 8; i++ {
		for j := range 10 {
			p[i][j] = p[i-1][p[1][j]]
		}
	}
	return p
}()

func validMedicare(d []byte) bool {
	return d[0] >= '2' && d[0] <= '6' && weighted(d, 1, 3, 7, 9, 1, 3, 7, 9)%10 == int(d[8]-'0')
}

func validTFN(d []byte) bool { return weighted(d, 1, 4, 3, 7, 5, 8, 6, 9, 10)%11 == 0 && !repeated(d) }

func validIL(d []byte) bool { return luhn(d) && !repeated(d) }

const nifLetters = "TRWAGMYFPDXBNJZSQVHLCKE"

func validNIF(t []byte) bool {
	n := 0
	for _, c := range t[:8] {
		n = n*10 + int(c-'0')
	}
	return upper(t[8]) == nifLetters[n%23]
}

func validNIE(t []byte) bool {
	first := upper(t[0])
	if first < 'X' || first > 'Z' {
		return false
	}
	n := int(first - 'X')
	for _, c := range t[1:8] {
		n = n*10 + int(c-'0')
	}
	return upper(t[8]) == nifLetters[n%23]
}

// validNINO follows HMRC's NIM39110.
func validNINO(t []byte) bool {
	a, b, last := upper(t[0]), upper(t[1]), upper(t[8])
	for _, c := range []byte("DFIQUV") {
		if a == c || b == c {
			return false
		}
	}
	switch string([]byte{a, b}) {
	case "BG", "GB", "NK", "KN", "TN", "NT", "ZZ":
		return false
	}
	return b != 'O' && last >= 'A' && last <= 'D'
}

func validPAN(t []byte) bool {
	switch upper(t[3]) {
	case 'A', 'B', 'C', 'F', 'G', 'H', 'L', 'J', 'P', 'T':
		return true
	}
	return false
}

func validNRIC(t []byte) bool {
	first := upper(t[0])
	sum := weighted(t[1:], 2, 7, 6, 5, 4, 3, 2)
	switch first {
	case 'S', 'F':
	case 'T', 'G':
		sum += 4
	default:
		return false
	}
	if first == 'S' || first == 'T' {
		return upper(t[8]) == "JZIHGFEDCBA"[sum%11]
	}
	return upper(t[8]) == "XWUTRQPNMLK"[sum%11]
}

// validFiscal is the control character of the Italian codice fiscale.
func validFiscal(t []byte) bool {
	odd := [...]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
	sum := 0
	for i, c := range t[:15] {
		n := int(upper(c)) - 'A'
		if digit(c) {
			n = int(c - '0')
		}
		if i%2 == 0 {
			n = odd[n]
		}
		sum += n
	}
	return int(upper(t[15]))-'A' == sum%26
}

// validHETU is the Finnish henkilötunnus: ddmmyy, a sign of the century, three digits, a check character.
func validHETU(t []byte) bool {
	n := 0
	for _, c := range append(append([]byte{}, t[:6]...), t[7:10]...) {
		n = n*10 + int(c-'0')
	}
	return upper(t[10]) == "0123456789ABCDEFHJKLMNPRSTUVWXY"[n%31]
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c - 'A' + 'a'
	}
	return c
}

func digit(c byte) bool  { return c >= '0' && c <= '9' }
func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func alnum(c byte) bool  { return digit(c) || letter(c) }
