"""Names that shops use: real ones, and invented ones without end.

The model must learn to copy a name, not to know it. So most names are invented anew, from syllables, initials, numbers
and joiners, and the real ones only teach what such names look like.
"""

import linking

BRANDS = """ray-ban|oakley|gucci|prada|versace|armani|emporio armani|giorgio armani|tom ford|dior|chanel|persol|oliver peoples|michael kors|coach|tiffany|
burberry|dolce & gabbana|vogue|ralph lauren|polo|carrera|hugo boss|boss|tommy hilfiger|lacoste|nike|calvin klein|guess|police|silhouette|lindberg|mykita|
maui jim|costa|costa del mar|smith|bolle|julbo|adidas|puma|under armour|converse|hackett|ted baker|radley|barbour|superdry|saint laurent|ysl|balenciaga|bottega veneta|
celine|fendi|givenchy|loewe|jimmy choo|kate spade|marc jacobs|max mara|miu miu|moncler|montblanc|cartier|bulgari|chloe|ferragamo|swarovski|swarowski|tag heuer|porsche design|
rodenstock|zeiss|essilor|hoya|nikon|seiko|shamir|varilux|crizal|transitions|kodak|indo|younger|bausch & lomb|bausch and lomb|acuvue|johnson & johnson|coopervision|alcon|biofinity|dailies|
air optix|precision1|proclear|clariti|myday|menicon|avaira|ultra|biotrue|opti-free|renu|boston|aosept|blink|systane|hylo|thealoz|optrex|warby parker|zenni|cubitts|moscot|
garrett leight|krewe|state optical|etnia barcelona|face a face|theo|anne et valentin|gotti|woow|lafont|jf rey|kaleos|komono|izipizi|persona|flexon|timberland|harley-davidson|
skechers|nautica|nine west|jessica simpson|kenneth cole|candies|lucky brand|fossil|esprit|humphreys|eschenbach|jaguar|mercedes-benz|bmw|ferrari|scuderia ferrari|miraflex|nano vista|tomato glasses|
lilly pulitzer|vera wang|vera bradley|tory burch|longchamp|lanvin|nina ricci|furla|police lewis|seventh street|safilo|polaroid|david beckham|levi's|levis|missoni|moschino|love moschino|rag & bone|fendace|prodesign|
face & cie|minamoto|dutz|william morris|oxibis|exalto|vinyl factory|bellinger|blackfin|götti|andy wolf|mo & ro|4you|7eye|31 phillip lim|3m|l.a. eyeworks|o'neill|d squared|dsquared2|k-way|a. morgan|b-line|x-ide""".replace("\n", "").split("|")

MODELS = """wayfarer|clubmaster|aviator|aviator classic|round metal|justin|erika|hexagonal|holbrook|frogskins|radar ev|sutro|gascan|flak 2.0|jawbreaker|new wayfarer|titan|titanium flex|rimless pro|memory flex|cat eye|
classic round|sport wrap|daily 30 pack|daily 90 pack|monthly 6 pack|toric|multifocal|air optix plus hydraglyde|oasys|oasys for astigmatism|moist|moist multifocal|one day|1-day moist|dailies total1|total30|biofinity toric|biofinity energys|
varilux x|varilux comfort|progressive plus|single vision 1.5|single vision 1.67|1.67 blue cut|1.74 ultra thin|blue filter|anti-glare|photochromic|polarized grey|drivewear|digital ease|office lens|kids flex|junior|mini clip|clip-on|clip on magnetic|
hard case|soft pouch|microfiber cloth|cleaning spray|cleaning kit|lens spray 60ml|chain gold|sport strap|neck cord|nose pads|multi-purpose solution 300ml|peroxide 360ml|travel kit|eye drops 10ml|hylo comod|saline|comfort drops|reading glasses 1.5|readers|
rb 2132|rb3025|rb 5154|ox8046|oo9102|gg0061s|pr 17sm|ve 4275|ft5178|po 0714|ea3099|mk 1010|tf 5401|vo 2787|ph 2117|ca 8822|boss 0680|th 1214|la 2660|ck 5907""".replace("\n", "").split("|")

STORES = """downtown|uptown|midtown|airport|main street|high street|station|central|city centre|city center|northgate|southgate|eastgate|westgate|northside|southside|west end|east end|riverside|lakeside|seaside|harbour|harbor|marina|old town|market square|
mall|grand mall|plaza|galleria|outlet park|retail park|king street|queen street|church road|station road|park avenue|5th avenue|42nd street|broadway|oxford street|victoria|waterloo|camden|brixton|brooklyn|queens|soho|mission|castro|oak hill|elm street|maple grove|
cedar park|pine ridge|sunset|sunrise|hillcrest|lakewood|greenfield|springfield|riverdale|fairview|georgetown|franklin|clinton|salem|madison|arlington|bristol|dover|hudson|milton|newport|oxford|cambridge|leeds|york|bath|berlin mitte|hamburg|munich|zurich|geneva|wien|
lyon|paris 8|marais|nice|milano|roma centro|torino|madrid|barcelona|valencia|lisboa|porto|athens|dublin|cork|galway|edinburgh|glasgow|cardiff|belfast|boston|chicago|dallas|austin|denver|seattle|portland|phoenix|miami|tampa|atlanta|toronto|montreal|vancouver|sydney|
perth|auckland|cape town|durban|nairobi|lagos|dubai|dubai mall|abu dhabi|doha|mumbai|bandra|delhi|pune|singapore|orchard road|hong kong|bay 12|unit 7|terminal 2|level 3|gate b|zone 4|no. 9|shop 3|branch 12|st. james|st mary's|st. pauls|king's cross|queen's park|o'connell street|clapham junction|hospital|campus|university""".replace("\n", "").split("|")

FIRST = """anna|maria|sofia|emma|olivia|ava|mia|lucy|julia|laura|sara|sarah|hannah|lena|lisa|nina|eva|clara|ella|chloe|zoe|zoë|amelie|camille|léa|inès|carmen|lucia|elena|irina|olga|natasha|svetlana|katya|fatima|aisha|layla|noor|zainab|priya|anjali|deepa|meera|
kavita|sunita|mei|li|xin|yuki|hana|sakura|akiko|grace|ruth|naomi|rachel|rebecca|leah|miriam|tamar|james|john|david|michael|daniel|peter|paul|mark|luke|tom|tim|ben|sam|max|leo|felix|jonas|lukas|noah|liam|ethan|oliver|jack|harry|george|charlie|oscar|hugo|louis|
pierre|jean|luc|marco|luca|matteo|giulia|carlos|miguel|jose|josé|pablo|diego|rafael|ivan|dmitri|sergei|boris|ali|omar|ahmed|hassan|yusuf|ibrahim|khalid|raj|amit|vikram|arjun|ravi|sanjay|wei|chen|jun|kenji|hiro|takeshi|kofi|kwame|chidi|ngozi|amara|thabo|sipho|
björn|søren|anders|erik|lars|nils|ingrid|astrid|freya|siobhan|sean|patrick|connor|niamh|megan|bethany|kayla|tyler|brandon|jordan|taylor|morgan|alex|jamie|robin|casey|andré|françois|müller|jürgen|günther|mikael|agnieszka|kasia|tomasz|piotr|zofia|milan|goran|vesna""".replace("\n", "").split("|")

LAST = """smith|jones|brown|taylor|wilson|davies|evans|thomas|johnson|roberts|walker|wright|thompson|white|hughes|edwards|green|hall|wood|harris|clarke|lewis|patel|singh|khan|ahmed|hussain|ali|begum|kaur|shah|sharma|gupta|kumar|lee|kim|park|chen|wang|zhang|nguyen|tran|
garcia|martinez|rodriguez|lopez|hernandez|gonzalez|perez|sanchez|ramirez|torres|silva|santos|oliveira|pereira|rossi|russo|ferrari|bianchi|müller|schmidt|schneider|fischer|weber|meyer|wagner|becker|hoffmann|dubois|moreau|laurent|simon|petit|leroy|novak|kowalski|nowak|
ivanov|petrov|popov|o'brien|o'connor|o'neill|murphy|kelly|walsh|byrne|ryan|mccarthy|mcdonald|macleod|campbell|stewart|van dijk|de vries|de boer|jansen|bakker|andersson|johansson|larsen|nielsen|virtanen|okafor|adeyemi|mensah|dlamini|haddad|nasser|cohen|levy|katz""".replace("\n", "").split("|")

_ONSETS = "b bl br c ch cl cr d dr f fl fr g gl gr h j k kl kr l m n p ph pl pr qu r s sc sh sk sl sm sn sp st str sw t th tr tw v w wh x y z zh".split() + [""] * 4
_ONSETS += "b c d f g h j k l m n p r s t v w z".split() * 3
_NUCLEI = "a e i o u".split() * 6 + "ai au ea ee ei ia ie io oa oo ou ue y".split()
_CODAS = "b ck d f g k l ll m n n n nd ng nt p r r rk rn rt s s ss st t t th x z".split() + [""] * 14
_TAILS = "a o i ex ix ax ia io us is on or el ette ini elli eau ique ford ton field well land view mark vue optic optik lux spec line wear berg stein ville dale wood gate port".split()
_GENERIC = "optics vision eyewear optical eye view studio style sport sports classic premium plus pro lite air flex titan metal wood kids junior active urban retro vintage royal nova prime luxe blue green black gold silver red rose crystal ocean sky sun moon star peak wave stone river park hill bay field garden square court".split()


# Invented names are shipped in fixtures and held-out sets, so they keep their manners.
_RUDE = "dick cock cunt fuck shit piss slut whor fag nig rape tit arse cum anal sex porn nazi poo pee".split()


def syllables(rng, low=1, high=4):
    while any(rude in (word := _syllables(rng, low, high)) for rude in _RUDE):
        pass
    return word


def _syllables(rng, low, high):
    count = rng.randint(low, high)
    word = ""
    for i in range(count):  # most syllables inside a word are open, as in most languages
        word += rng.choice(_ONSETS) + rng.choice(_NUCLEI) + (rng.choice(_CODAS) if i == count - 1 or rng.random() < 0.3 else "")
    if len(word) < 3:
        return _syllables(rng, low, high)
    return word[:11] + (rng.choice(_TAILS) if rng.random() < 0.25 else "")


def code(rng):
    letters = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(1, 3)))
    number = str(rng.randint(1, 10 ** rng.randint(1, 4)))
    return rng.choice([letters + number, f"{letters} {number}", f"{letters}-{number}", letters + number + rng.choice("abcskx"), f"{number}{letters}", f"{letters}{number}/{rng.randint(1, 9)}"])


def invented(rng):
    """A name nobody has: one to four words."""
    kind = rng.random()
    if kind < 0.5:
        return syllables(rng, 1, 3)
    if kind < 0.68:
        return f"{syllables(rng, 1, 2)} {rng.choice(_GENERIC) if rng.random() < 0.6 else syllables(rng, 1, 2)}"
    if kind < 0.76:
        return f"{rng.choice(_GENERIC)} {syllables(rng) if rng.random() < 0.5 else rng.choice(_GENERIC)}"
    if kind < 0.83:
        return f"{syllables(rng, 1, 2)}-{syllables(rng, 1, 2)}"
    if kind < 0.87:
        return f"{syllables(rng, 1, 2)} {rng.choice(['&', '&', 'and', 'of', 'de', 'by'])} {syllables(rng, 1, 2)}"
    if kind < 0.9:
        return rng.choice(["o'", "d'", "l'", "mc", "st. ", "el ", "la ", "le ", "the "]) + syllables(rng, 1, 2)
    if kind < 0.94:
        return f"{syllables(rng, 1, 2)} {rng.randint(1, 2000)}"
    if kind < 0.97:
        return code(rng)
    return " ".join(syllables(rng, 1, 2) for _ in range(rng.choice([2, 2, 3, 4])))


@linking.noted("brand")
def brand(rng):
    roll = rng.random()
    if roll < 0.4:
        return rng.choice(BRANDS) + ("s" if roll < 0.04 else "")
    return rng.choice(LAST) if roll < 0.43 else invented(rng)


@linking.noted("product")
def product(rng):
    kind = rng.random()
    if kind < 0.25:
        return rng.choice(MODELS)
    if kind < 0.45:
        return f"{brand(rng)} {rng.choice(MODELS)}"
    if kind < 0.6:
        return f"{brand(rng)} {code(rng)}"
    if kind < 0.75:
        return f"{invented(rng)} {rng.choice(_GENERIC)}"
    return f"{rng.choice(_GENERIC)} {rng.choice(MODELS)}" if kind < 0.8 else invented(rng)


@linking.noted("store")
def store(rng):
    kind = rng.random()
    if kind < 0.45:
        return rng.choice(STORES)
    if kind < 0.6:
        return f"{syllables(rng, 1, 2)} {rng.choice(['street', 'road', 'avenue', 'square', 'park', 'mall', 'hill', 'lane', 'station', 'plaza', 'centre', 'north', 'south', 'east', 'west', 'gate', 'bay'])}"
    if kind < 0.68:
        return f"{rng.choice(['north', 'south', 'east', 'west', 'new', 'old', 'upper', 'lower', 'port', 'lake', 'mount', 'st', 'fort'])} {syllables(rng, 1, 2)}"
    return invented(rng) if kind < 0.8 else syllables(rng, 1, 3)


@linking.noted("staff")
def staff(rng):
    kind = rng.random()
    if kind < 0.5:
        return rng.choice(FIRST)
    first = rng.choice(FIRST) if kind < 0.85 else syllables(rng, 1, 2)
    last = rng.choice(LAST) if rng.random() < 0.6 else syllables(rng, 1, 3)
    return rng.choice([f"{first} {last}", f"{first} {last}", f"{first} {last[0]}", f"{first} {last[0]}", first, f"{first[0]}. {last}"])
