"""The patients catalogue in the words of practice managers and clinicians: anonymised counts, never a person."""

import names
import words
from domain import Domain, Metric
from scene import sample_value
from stock import STORE

AGES = ["kids", "children", "teens", "teenagers", "adolescents", "young adults", "seniors", "elderly", "older patients", "pensioners", "middle-aged", "minors", "under 13", "13-17", "18-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80 and over", "over 80", "child", "senior", "twenties", "thirties", "forties", "fifties", "sixties", "seventies", "retirees", "students", "babies", "toddlers", "18 to 29", "school children", "working age"]
DIAGNOSES = ["myopia", "hyperopia", "astigmatism", "presbyopia", "cataract", "cataracts", "glaucoma", "dry eye", "dry eyes", "macular degeneration", "amd", "diabetic retinopathy", "amblyopia", "lazy eye", "conjunctivitis", "pink eye", "no finding", "keratoconus", "strabismus", "blepharitis", "uveitis", "retinal detachment", "ocular hypertension", "colour blindness", "nystagmus", "pterygium", "floaters", "ptosis", "squint", "allergic conjunctivitis", "corneal ulcer", "anisometropia"]
LENSES = ["progressives", "progressive", "progressive lenses", "varifocals", "varifocal", "bifocals", "bifocal", "single vision", "single-vision lenses", "office lenses", "contact lenses", "contacts", "myopia control", "no lenses", "workplace lenses", "reading glasses", "multifocals", "ortho-k", "sclerals", "daily lenses", "toric lenses"]
RANGES = ["high minus", "medium minus", "low minus", "plano", "low plus", "medium plus", "high plus", "high myopia", "low myopia", "moderate myopia", "high hyperopia", "low hyperopia", "high myopes", "emmetropes", "strong minus", "strong plus"]
PLANS = ["vsp", "eyemed", "aetna", "bupa", "axa", "nhs", "medicare", "medicaid", "blue cross", "cigna", "humana", "davis vision", "spectera", "allianz", "superior vision", "unitedhealthcare", "self-pay", "self pay", "uninsured", "private", "tricare", "simplyhealth", "vitality", "aok", "tk", "without insurance", "guardian", "metlife"]


def plan(rng):
    if rng.random() < 0.5:
        return rng.choice(PLANS)
    a = names.syllables(rng, 1, 3)
    return rng.choice([a, f"{a} vision", f"{a} health", f"{a} {rng.choice(['care', 'plus', 'eye plan', 'insurance', 'vision plan', 'gold', 'basic', 'family'])}", f"{a} & {names.syllables(rng, 1, 2)}"])


def diagnosis(rng):
    return rng.choice(DIAGNOSES) if rng.random() < 0.9 else names.syllables(rng, 2, 4) + rng.choice(["itis", "opia", " syndrome", "osis", "pathy"])


AGE = ["among <v>", "for <v>", "of <v>", "in the <v> {group|age group|band}", "aged <v>", "in the age {band|group} <v>", "who are <v>", "just <v>", "only <v>", "with <v>", "<v>", "between <v>", "by <v>"]
WITH = ["with <v>", "with <v>", "with <v>", "with a diagnosis of <v>", "diagnosed with <v>", "who have <v>", "having <v>", "for <v>", "because of <v>", "suffering from <v>", "with diagnosis <v>", "who suffer from <v>", "presenting with <v>", "for the diagnosis <v>"]
WEARING = ["with <v>", "wearing <v>", "who wear <v>", "in <v>", "for <v>", "prescribed <v>", "who got <v>", "using <v>", "fitted with <v>", "that wear <v>", "who were prescribed <v>", "on <v>"]
COVERED = ["with <v>", "on <v>", "insured with <v>", "covered by <v>", "under <v>", "from <v>", "with <v> insurance", "who have <v>", "with the <v> plan", "of <v>", "on the <v> plan", "who are <v>", "for <v>", "insured by <v>"]
RANGE = ["with <v>", "in the <v> range", "who are <v>", "with a <v> prescription", "for <v>", "having <v>", "in <v>", "with <v> prescriptions", "of <v>"]
NAMED = ["<v> patients", "<v> patients", "<v> {patients|people|cases}"]

PEOPLE = "{patients|people|patients|clients}"

METRICS = {
    "visits": Metric(
        ["visits", "number of visits", "appointments", "eye exams", "exams", "eye tests", "consultations", "examinations", "visit count", "total visits", "number of appointments", "number of eye exams", "sight tests", "number of consultations", "patient visits", "check-ups", "number of exams", "exam volume"],
        26, ["how many {visits|appointments|eye exams|exams|eye tests|consultations|sight tests|check-ups} {did we have|were there|did we do|have we had|did we see|took place|have we done|were done|did we carry out}<F><T>", "how many times did patients {come|visit}<F><T>", "how many {eye exams|exams|eye tests|sight tests|examinations} did we {do|perform|carry out|give}<F><T>", "how {busy|full} were we{ with patients|}<F><T>", "how many visits<F><T>", "how many {visits|exams|appointments} from <O><T>", "how many visits did <O> make<T>", "how often did we {see|diagnose} <O><T>", "how many cases of <O>{ did we see| did we have| were there|}<T>"],
        ["how many {visits|appointments|exams|eye tests} did {each|every} <D> have<T>", "how many {visits|exams|eye exams|appointments} {did we have|were there|did we do} {per|by|for each|in each} <D><T>", "how busy was {each|every} <D><T>"],
        {"desc": ["{what|which} {are|were} {the |our |}most {common|frequent} <K><T>", "most {common|frequent} <K><T>", "most {common|frequent} <K> among <O><T>", "which <K> {had|has|got} the most {visits|exams|appointments|eye exams}<T>", "{what|which} <K> {do|did} we see {the most|most|most often}<T>", "top <K> by {visits|exams|appointments}<T>", "<R> <K><T>", "<R> <K> by visits<T>", "which <K> {is|was|are|were} {the |}busiest<T>", "{what|which} <K> come up most{ often|}<T>", "which <K> {is|are} most {common|frequent}<T>"],
         "asc": ["{what|which} {are|were} {the |our |}{rarest|least common} <K><T>", "{rarest|least common|least frequent} <K><T>", "which <K> had the fewest {visits|exams|appointments}<T>", "which <K> {is|was|are|were} {the |}quietest<T>", "which <K> {do|did} we see {the least|least|least often}<T>"]},
        high=["most", "highest", "largest"], low=["fewest", "lowest", "least"]),
    "patients": Metric(
        ["patients seen", "number of patients seen", "patients treated", "people seen", "different patients", "unique patients", "patients who came", "number of different patients", "patients who visited", "patient numbers", "distinct patients"],
        15, [f"how many {PEOPLE} {{did we see|have we seen|came|came in|visited|came to see us|did we treat|did we examine|were seen|have come in|visited us}}<F><T>", "how many <O> {did we see|have we seen|came|came in|visited|came to us|did we examine|were seen}<T>", "how many {different|unique|individual} {patients|people} {came|did we see|visited}<F><T>", "did many <O> come<T>", "how many <O> {did we have|have we had}<T>"],
        ["how many {patients|people} did {each|every} <D> {see|have|treat}<T>", "how many {patients|people} {came|did we see|visited} {per|by|in each|for each} <D><T>"],
        {"desc": ["which <K> saw the most patients<T>", "which <K> {had|has} the most patients<T>", "<K> with the most patients seen<T>"], "asc": ["which <K> saw the fewest patients<T>", "which <K> had the fewest patients<T>"]},
        additive=False, high=["most", "highest", "largest"], low=["fewest", "lowest"]),
    "new_patients": Metric(
        ["new patients", "number of new patients", "first-time patients", "first visits", "patients gained", "new patient numbers", "new patient count", "patient acquisition", "new registrations", "first time patients", "newly registered patients", "new faces"],
        14, ["how many new {patients|people|faces} {did we see|did we get|have we got|came|came in|did we have|have we had|have come|joined|did we gain|signed up|registered|did we welcome}<F><T>", "how many {patients|people} {came for the first time|were new|were here for the first time|had their first visit}<F><T>", "how many first {visits|time patients} {did we have|were there}<F><T>", "how many new <O> {did we see|did we get|came}<T>"],
        ["how many new patients did {each|every} <D> {get|see|have|gain|win}<T>", "how many new patients {came|did we get|were there} {per|by|in each|for each} <D><T>"],
        {"desc": ["which <K> {got|had|won|gained|brought|has} the most new patients<T>", "which <K> brings the most new patients<T>"], "asc": ["which <K> {got|had|gained} the fewest new patients<T>"]}, high=["most", "highest"], low=["fewest", "lowest", "least"]),
    "returning_patients": Metric(
        ["returning patients", "number of returning patients", "patients who came back", "existing patients", "repeat patients", "regular patients", "patients that returned", "regulars", "returning patient numbers", "patients who had been here before"],
        9, ["how many {patients|people} {came back|returned|came again|had been here before|were regulars|were returning}<F><T>", "how many returning {patients|people} {did we see|did we have|came|were there|have we had}<F><T>", "how many {existing|regular|repeat} patients {came|did we see|visited}<F><T>", "how many {of our |}<O> came back<T>", "how many patients came more than once<F><T>"][:4],
        ["how many {patients|people} {came back|returned} {per|by|in each|to each} <D><T>", "how many returning patients did {each|every} <D> {see|have}<T>"],
        {"desc": ["which <K> {had|has|saw} the most returning patients<T>", "<K> with the most returning patients<T>"], "asc": ["which <K> {had|has|saw} the fewest returning patients<T>"]}, additive=False, high=["most", "highest"], low=["fewest", "lowest"]),
    "visits_per_patient": Metric(
        ["visits per patient", "average visits", "visit frequency", "average number of visits", "average visits per patient", "number of visits per patient", "exams per patient", "mean visits per patient"],
        5, ["how often {do|did} {patients|people|our patients} {come|visit|come in}<F><T>", "how many {times|visits} {does|did} {a|the average|each|one} patient {come|visit|make|have}<F><T>", "how often {do|did} <O> come{ in|}<T>", "how frequently {do|did} {patients|our patients|<O>} {visit|come}<F><T>", "how often does {a|the average} patient {come|visit}<F><T>"],
        ["how often do patients {come|visit} {per|in each|by|at each} <D><T>"], {"desc": ["which <K> come{s|} {in |}{the |}most often<T>"], "asc": ["which <K> come{s|} {in |}{the |}least often<T>"]}, additive=False),
    "patients_on_file": Metric(
        ["patients on file", "number of patients", "patient base", "registered patients", "patients", "total patients", "number of patients on file", "patient count", "all patients", "patients on record", "patients in our files", "patients on our books", "number of registered patients", "patient files"],
        18, ["how many {patients|people} {do we have|are on file|have we got|do we have on file|are registered|do we have on record|are in our files|are on our books}<F><T>", "how many <O> {do we have|are on file|have we got|do we have on file|are registered|are there}<T>", "how many patients {are|do we have that are|have} <F><T>", "how many of our patients {have|are|wear}<F><T>", "how many patients<F>{ are there| do we have}<T>", "how {big|large} is our patient base<F><T>", "size of our patient base<F><T>", "how many {of our |}patients<F><T>", "number of <O><T>", "<O>{,|:|} how many{ do we have| are there|}<T>", "what is the {size of our patient base|number of patients}<F><T>"],
        ["how many patients {does|do|has|have} {each|every} <D> {have|got|}<T>", "how many patients {do we have|are there|are on file} {per|by|in each|for each} <D><T>", "which <Ds> do our patients {belong to|fall into|fall in|have|come under}<T>", "{what|which} <Ds> {are our patients in|do our patients have}<T>", "our patients by <D><T>", "<D> {distribution|structure|profile|split|mix} of our patients<T>", "how are our patients distributed {by|over|across} <Ds><T>", "patients {by|per} <D><T>", "{demographics|breakdown} of our patients by <D><T>", "<O> {by|per} <D><T>", "how old are our patients by <D><T>"][:10],
        {"desc": ["which <K> {has|have} the most patients{ on file| registered|}<T>", "which <K> {is|are} the {largest|biggest}<T>", "{largest|biggest} <K><T>", "{what|which} <K> {do|are} most of our patients {in|have|belong to}<T>", "most {common|frequent} <K> {among|of} our patients<T>", "which <K> do most patients {have|belong to}<T>"], "asc": ["which <K> {has|have} the fewest patients{ on file|}<T>", "{smallest} <K><T>"]},
        point=True, high=["most", "highest", "largest"], low=["fewest", "lowest", "smallest"]),
    "average_age": Metric(
        ["average age", "mean age", "average patient age", "average age of our patients", "age of our patients", "average age of patients", "avg age", "mean age of patients", "patients' average age"],
        10, ["how old {are|is} {our|the|the average} {patients|patient|patient base}{ on average|}<F><T>", "how old are <O>{ on average|}<T>", "what is the average age {of|for} <O><T>", "average age of <O><T>", "what age are {our |}<O>{ on average|}<T>", "how old is a typical patient<F><T>", "how {young|old} are {our |}patients<F>{ on average|}<T>"],
        ["how old are {our |the |}patients {on average |}{per|by|in each|at each} <D><T>", "what is the average age {per|by|in each|at each} <D><T>", "average age of {our |}patients {per|by|at each} <D><T>"],
        {"desc": ["which <K> {has|have} the oldest patients<T>", "oldest patients{,|:| by} <K><T>", "which <K> {is|are} the oldest<T>", "<K> with the oldest patients<T>"], "asc": ["which <K> {has|have} the youngest patients<T>", "<K> with the youngest patients<T>", "youngest patients by <K><T>"]},
        point=True, additive=False, high=["highest", "oldest", "greatest"], low=["lowest", "youngest"]),
    "recall_due": Metric(
        ["recalls due", "patients due for recall", "recall due", "patients due", "recalls", "patients due for a check-up", "due recalls", "recall list", "number of patients due for recall", "patients due for an eye exam", "patients to recall", "patients due for an appointment", "outstanding recalls", "patients due for an eye test"],
        14, ["how many {patients|people} are due{ for recall| for a check-up| for an eye exam| for a recall| for an eye test| for their check-up| for a visit| for re-examination|}<F>{ now| this month|}<T>", "how many {patients|people} {should|do} we {recall|invite|call back|need to recall|contact for recall}<F>{ now| this month|}<T>", "how many recalls are {due|open|outstanding}<F>{ now| this month|}<T>", "how many <O> are due{ for recall| for a check-up| for an eye exam|}<T>", "how many {patients|people} need {a check-up|an eye exam|a recall|recalling|to be recalled|to come in}<F><T>", "how {long|big} is {our|the} recall list<F><T>", "who is due for recall, how many<F><T>"][:6],
        ["how many {patients|people} are due {for recall |for a check-up |}{per|by|in each|at each} <D><T>", "how many recalls {are due |does |}{per|by|in each} <D><T>", "recall list by <D><T>"],
        {"desc": ["which <K> {has|have} the most {recalls|patients due|recalls due|patients due for recall}<T>"], "asc": ["which <K> {has|have} the fewest {recalls|patients due}<T>"]}, point=True, high=["most", "highest", "longest"][:2], low=["fewest", "lowest"]),
    "recall_overdue": Metric(
        ["overdue recalls", "patients overdue", "recalls overdue", "patients overdue for recall", "missed recalls", "late recalls", "patients overdue for a check-up", "number of overdue patients", "patients who missed their recall", "overdue patients", "patients who are late for their check-up"],
        8, ["how many {patients|people} are {overdue|late}{ for recall| for a check-up| for an eye exam| for their check-up|}<F><T>", "how many {patients|people} {missed|have missed|skipped|did not come to} {their |}{recall|check-up|recalls}<F><T>", "how many recalls are overdue<F><T>", "how many <O> are overdue{ for recall| for a check-up|}<T>", "how many {patients|people} should have come{ already| by now|}<F><T>", "how many {patients|people} have not come back for their {check-up|eye exam|recall}<F><T>"],
        ["how many {patients|people} are overdue {per|by|in each|at each} <D><T>", "how many overdue recalls does {each|every} <D> have<T>"],
        {"desc": ["which <K> {has|have} the most overdue {recalls|patients}<T>"], "asc": ["which <K> {has|have} the fewest overdue {recalls|patients}<T>"]}, point=True, high=["most", "highest"], low=["fewest", "lowest"]),
}

NOT_IN_DATA = [
    "which patient {spent|paid|bought|came|visited} the most{ often|}<t>", "{name|names} of {the |}patients<F>", "{who|which patients} {is|are} {due|overdue} for recall", "list {the |all |our |}patients<F>", "{address|phone number|email|date of birth|insurance number} of {the |}patient{s|} {|with glaucoma|who came yesterday}", "how much did {patients|<O>} {spend|pay}<t>", "revenue {per|from|by} {patient|insurance plan|age group}<t>", "how many {men|women|boys|girls|female patients|male patients}<t>", "patients by {gender|sex|nationality|language|occupation|ethnicity|city|postcode|zip code|hair colour|referral source|doctor|optometrist}", "{gender|sex} {split|ratio} of our patients", "which {optometrist|doctor|optician} {saw|examined} the most patients<t>", "how many patients per {optometrist|doctor|clinician}<t>", "average waiting time<t>", "how long does an {appointment|exam|eye exam} take", "how many {no-shows|cancellations|missed appointments}<t>", "{no-show|cancellation} rate<t>", "how satisfied are {our |}patients", "{smokers|diabetics|pregnant women} among our patients", "average {iop|eye pressure|visual acuity|pd|cylinder|addition|axis|blood pressure}{ of our patients|<F>}", "average {sphere|prescription|refraction}<F>", "medication of {our |}patients", "how many patients {drive|smoke|work on screens|play tennis}", "how many {surgeries|operations|injections|referrals} {did we do|were there|did we make}<t>", "{stock|inventory} of contact lenses", "which {products|frames} did patients buy<t>", "our {revenue|sales|profit}<t>", "how many {frames|lenses|glasses} did we sell<t>", "open appointments {tomorrow|today|this afternoon}", "when is the next free appointment", "is there a free slot{ today| tomorrow|}", "patients {except|excluding|without|other than} {children|seniors|myopia|contact lens wearers}", "age bands with {more|less|fewer} than {20|50|100} patients", "patients older than {42|55|67|81}", "patients between {35 and 52|17 and 23}", "how many patients {died|moved away|left us|changed to a competitor}<t>", "retention rate<t>", "how many patients did we lose<t>", "how far do {our |}patients travel", "median age<F>", "{youngest|oldest} patient", "how old is the {youngest|oldest} patient", "how many patients came {twice|three times|more than twice}<t>", "what did the patient in {room|slot} {1|2|3} {say|need|have}", "copy of the prescription {of|for} {the last patient|a patient}", "how many {letters|reminders|recall letters} {did we send|were sent}<t>", "response rate to {recalls|our recall letters}<t>", "patients at hour {9|10|14}", "at what {time|hour} do most patients come", "complaints{ of patients|}<t>", "number of patients {last year|in 2023} {on file|registered}",
]
FORECAST = [
    "how many {patients|new patients|visits|appointments|recalls} will {we have|come|there be|be due} {next month|next week|next year|tomorrow|in spring|by the end of the year}", "how many {patients|recalls|check-ups} are due {next month|next week|next quarter|next year|in january}", "{forecast|predict|estimate|project} {visits|patients|new patients|demand for exams}{ next month| for next year|}", "will {we have|there be} more {patients|visits|myopia|new patients} {next year|next month}", "expected {visits|patients|appointments}{ next week| next month|}", "how will {our |}patient {base|numbers} develop{ next year| in the next years|}", "how many {of them|patients} will {need|get} {cataract surgery|progressives|glasses}{ next year| soon|}", "which {patients|age bands} will grow{ next year|}", "trend of {myopia|visits} for the {next|coming} {years|months}", "when will we {reach|have} {1000|2000|5000} patients", "are we going to see more {patients|children|visits}{ next month| next year|}",
]
CAUSE = [
    "why {do|did} patients {not come back|leave|come less often|come more often|stay away}<t>", "why {did|do} we {get|have|see} {fewer|more|so few|so many} {patients|new patients|visits|recalls}<t>", "why {is|are} {visits|new patients|recalls|the average age|patient numbers} {down|up|falling|rising|so high|so low}<t>", "how can we {get|win|attract|find} more {patients|new patients|children}", "what {can|should} we do {about|to reduce} {overdue recalls|missed recalls|no-shows|falling visits}", "how do we {bring|get} patients back", "what {causes|caused} {myopia|dry eye|glaucoma|the drop in visits|cataract}", "should we {recall|call|invite} {children|glaucoma patients|more often|everybody}", "should we {open|offer|stop} {a myopia clinic|dry eye treatments|saturday appointments}", "what is the reason for {the drop|the rise|so many recalls}{ in visits|}<t>", "{tips|advice|ideas} {to|for} {improve|improving} {recalls|our recall|patient numbers|visits}", "how do we improve {our |}recall{ rate|}", "which treatment {is best|works best|should we offer} for {myopia|dry eye|glaucoma}", "explain the {drop|rise|change} in {visits|new patients}<t>", "what's behind {the growth|the drop|the decline} {in|of} {visits|new patients|patients}<t>", "which age group should we {target|focus on|advertise to}",
]

DIMENSION_WORDS = {
    "age_band": (["age band", "age group", "age group", "age range", "age bracket", "age"], ["age bands", "age groups", "age groups", "age ranges", "age brackets", "ages"]),
    "diagnosis": (["diagnosis", "diagnosis", "condition", "finding", "eye condition", "eye disease", "disorder"], ["diagnoses", "diagnoses", "conditions", "findings", "eye conditions", "eye diseases", "problems", "eye problems"]),
    "lens_type": (["lens type", "type of lens", "lens type", "kind of lens", "lens category", "prescribed lens type"], ["lens types", "types of lenses", "kinds of lenses", "lens types", "types of lens"]),
    "refraction": (["refraction range", "refraction", "prescription range", "power range", "refraction group", "prescription strength", "range of refraction"], ["refraction ranges", "refractions", "prescription ranges", "power ranges", "refraction groups", "prescription strengths"]),
    "insurance_plan": (["insurance plan", "insurance", "insurer", "plan", "payer", "insurance provider", "health plan", "insurance company", "coverage"], ["insurance plans", "insurers", "plans", "payers", "insurance providers", "health plans", "insurances", "insurance companies"]),
    "store": (["store", "shop", "branch", "location", "practice", "clinic"], ["stores", "shops", "branches", "locations", "practices", "clinics"]),
}

PATIENTS = Domain(
    name="patients", metrics=METRICS,
    singular={k: v[0] for k, v in DIMENSION_WORDS.items()} | {k: words.SINGULAR[k] for k in ("weekday", *words.TIMES)},
    plural={k: v[1] for k, v in DIMENSION_WORDS.items()} | {k: words.PLURAL[k] for k in ("weekday", *words.TIMES)},
    dimensions={"age_band": 22, "diagnosis": 18, "lens_type": 14, "refraction": 10, "insurance_plan": 16, "store": 20},
    values={
        "age_band": (18, lambda rng: rng.choice(AGES), AGE, ["<v>", "<v>", "<v>", "<v> patients"]), "diagnosis": (20, diagnosis, WITH, NAMED), "lens_type": (14, lambda rng: rng.choice(LENSES), WEARING, ["<v> {wearers|patients}", "<v> {wearers|users}"]),
        "refraction": (8, lambda rng: rng.choice(RANGES), RANGE, ["<v> patients"]), "insurance_plan": (14, plan, COVERED, ["<v> patients", "<v> {patients|members}"]), "store": (20, lambda rng: sample_value(rng, "store"), STORE, []),
    },
    listed="", things=["patients", "patients", "people"], subject=["we", "we", "we", "the practice"],
    unsupported={"not_in_data": NOT_IN_DATA, "forecast": FORECAST, "cause": CAUSE},
    forms=[
        ("how many new patients did we see this month?", {"metric": "new_patients", "period": "this_month"}),
        ("which age bands do our patients belong to?", {"metric": "patients_on_file", "by": ["age_band"], "period": "now"}),
        ("how many patients are due for recall?", {"metric": "recall_due", "period": "now"}),
        ("what are the most common diagnoses?", {"metric": "visits", "by": ["diagnosis"], "period": "default", "order": "desc"}),
        ("show visits by month", {"metric": "visits", "by": ["month"], "period": "default"}),
        ("what is the average age of our patients by store?", {"metric": "average_age", "by": ["store"], "period": "now"}),
    ],
)
