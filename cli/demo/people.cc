#include "cli/demo/people.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "chassis/base/text.h"
#include "cli/demo/dice.h"

namespace regulars::demo {
namespace {

constexpr uint64_t kPurpose = 1;

using Names = absl::string_view[];
using Towns = Country::Town[];

constexpr Names kGivenEn = {"Olivia", "George", "Amelia", "Noah",  "Isla",  "Arthur",
                            "Ava",    "Harry",  "Zoë",    "Oscar", "Freya", "Leo",
                            "Grace",  "Jack",   "Siân",   "Aidan", "Priya", "Mohammed"};
constexpr Names kFamilyEn = {"Smith",   "Jones",    "Taylor",  "Brown",  "Williams", "Wilson",
                             "Johnson", "Davies",   "Patel",   "Wright", "Walker",   "Thompson",
                             "Hughes",  "Robinson", "O'Brien", "Khan",   "Ó Murchú", "Campbell"};
constexpr Names kStreetEn = {"High Street", "Station Road", "Church Lane",
                             "Mill Road",   "Park Avenue",  "Victoria Road"};
constexpr Towns kTownGb = {{"London", "N1 9GU"},     {"Manchester", "M4 1HQ"},
                           {"Edinburgh", "EH1 1RE"}, {"Bristol", "BS1 4DJ"},
                           {"Leeds", "LS1 4AP"},     {"Cardiff", "CF10 1EP"}};
constexpr Towns kTownIe = {{"Dublin", "D02 X285"}, {"Cork", "T12 W8N9"}, {"Galway", "H91 E9PR"}};

constexpr Names kGivenDe = {"Emma",   "Noah",  "Mia",   "Jürgen", "Hannah", "Jörg",
                            "Sophie", "Paul",  "Käthe", "Finn",   "Lena",   "Björn",
                            "Clara",  "Felix", "Greta", "Moritz", "Änne",   "Sebastian"};
constexpr Names kFamilyDe = {"Müller", "Schmidt", "Schneider", "Fischer",  "Weber",   "Meyer",
                             "Wagner", "Becker",  "Schulz",    "Hoffmann", "Schäfer", "Koch",
                             "Bauer",  "Richter", "Groß",      "Yılmaz",   "Krüger",  "Lehmann"};
constexpr Names kStreetDe = {"Hauptstraße", "Bahnhofstraße", "Gartenweg",
                             "Lindenallee", "Schulstraße",   "Am Markt"};
constexpr Towns kTownDe = {{"Berlin", "10115"},    {"Hamburg", "20095"}, {"München", "80331"},
                           {"Köln", "50667"},      {"Leipzig", "04109"}, {"Nürnberg", "90402"},
                           {"Düsseldorf", "40213"}};
constexpr Towns kTownAt = {{"Wien", "1010"}, {"Graz", "8010"}, {"Sankt Pölten", "3100"}};
constexpr Towns kTownCh = {{"Zürich", "8001"}, {"Bern", "3011"}, {"Basel", "4051"}};

constexpr Names kGivenNl = {"Emma", "Daan", "Julia", "Sem",  "Tess",  "Lucas",
                            "Saar", "Bram", "Noor",  "Joël", "Fleur", "Thijs"};
constexpr Names kFamilyNl = {"de Jong", "Jansen", "de Vries", "van den Berg", "Bakker", "Visser",
                             "Smit",    "Meijer", "de Boer",  "Mulder",       "Bos",    "Vos"};
constexpr Names kStreetNl = {"Dorpsstraat", "Kerkstraat", "Molenweg", "Schoolstraat"};
constexpr Towns kTownNl = {{"Amsterdam", "1012 JS"},
                           {"Utrecht", "3511 LX"},
                           {"Rotterdam", "3011 AD"},
                           {"Groningen", "9712 HN"}};
constexpr Towns kTownBe = {{"Gent", "9000"}, {"Antwerpen", "2000"}, {"Brugge", "8000"}};

constexpr Names kGivenFr = {"Jade",  "Gabriel", "Louise", "Raphaël", "Chloé",    "Léo",   "Inès",
                            "Jules", "Zoé",     "Hugo",   "Anaïs",   "François", "Agnès", "Benoît"};
constexpr Names kFamilyFr = {"Martin", "Bernard", "Dubois",  "Thomas", "Lefèvre",  "Moreau",
                             "Petit",  "Garnier", "Fournié", "Girard", "Rousseau", "Béranger"};
constexpr Names kStreetFr = {"rue de la Paix", "avenue Victor Hugo", "rue de l'Église",
                             "place du Marché"};
constexpr Towns kTownFr = {
    {"Paris", "75011"}, {"Lyon", "69002"}, {"Grenoble", "38000"}, {"Besançon", "25000"}};

constexpr Names kGivenEs = {"Lucía", "Mateo", "Sofía",  "Martín",
                            "María", "Hugo",  "Begoña", "Íñigo"};
constexpr Names kFamilyEs = {"García", "Rodríguez", "González", "Fernández",
                             "López",  "Martínez",  "Muñoz",    "Peña"};
constexpr Names kStreetEs = {"Calle Mayor", "Calle Real", "Avenida de la Constitución"};
constexpr Towns kTownEs = {{"Madrid", "28013"}, {"Girona", "17001"}, {"Donostia", "20003"}};

constexpr Names kGivenIt = {"Sofia",  "Leonardo", "Aurora", "Alessandro",
                            "Giulia", "Niccolò",  "Noemi",  "Tommaso"};
constexpr Names kFamilyIt = {"Rossi",   "Russo",   "Ferrari", "Esposito",
                             "Bianchi", "Colombo", "Nicolò",  "D'Angelo"};
constexpr Names kStreetIt = {"Via Roma", "Via Garibaldi", "Corso Italia"};
constexpr Towns kTownIt = {{"Milano", "20121"}, {"Torino", "10121"}, {"Forlì", "47121"}};

constexpr Names kGivenPl = {"Zofia",      "Łukasz", "Julia",  "Paweł",
                            "Małgorzata", "Jan",    "Żaneta", "Michał"};
constexpr Names kFamilyPl = {"Nowak",    "Kowalski",    "Wiśniewska", "Wójcik",
                             "Kamińska", "Lewandowski", "Żak",        "Dąbrowska"};
constexpr Names kStreetPl = {"ul. Długa", "ul. Kościelna", "ul. Ogrodowa"};
constexpr Towns kTownPl = {{"Warszawa", "00-001"}, {"Kraków", "31-001"}, {"Łódź", "90-001"}};

constexpr Names kGivenNordic = {"Alma", "Åsa",   "Björn",  "Søren",
                                "Ebba", "Lærke", "Jørgen", "Ingrid"};
constexpr Names kFamilyNordic = {"Andersson", "Nielsen", "Åkesson", "Sørensen",
                                 "Lindström", "Jensen",  "Öberg",   "Møller"};
constexpr Names kStreetNordic = {"Storgatan", "Skolvägen", "Strandgade"};
constexpr Towns kTownSe = {{"Stockholm", "111 20"}, {"Malmö", "211 22"}, {"Umeå", "903 26"}};
constexpr Towns kTownDk = {{"København", "1050"}, {"Århus", "8000"}};

constexpr Names kGivenEl = {"Γιώργος", "Μαρία", "Δημήτρης", "Ελένη", "Νίκος", "Κατερίνα"};
constexpr Names kFamilyEl = {"Παπαδόπουλος", "Νικολάου", "Γεωργίου", "Ιωάννου", "Οικονόμου"};
constexpr Names kStreetEl = {"Ερμού", "Σόλωνος", "Πανεπιστημίου"};
constexpr Towns kTownGr = {{"Αθήνα", "105 57"}, {"Θεσσαλονίκη", "546 24"}};

constexpr Country kCountries[] = {
    {"DE", "de-DE", "Europe/Berlin", "EUR", 190, 320, "+49151########", kGivenDe, kFamilyDe,
     kStreetDe, kTownDe, false, "berlin"},
    {"GB", "en-GB", "Europe/London", "GBP", 200, 240, "+447400######", kGivenEn, kFamilyEn,
     kStreetEn, kTownGb, true, "london"},
    {"NL", "nl-NL", "Europe/Amsterdam", "EUR", 210, 110, "+3161#######", kGivenNl, kFamilyNl,
     kStreetNl, kTownNl, false, "amsterdam"},
    {"FR", "fr-FR", "Europe/Paris", "EUR", 200, 90, "+3361#######", kGivenFr, kFamilyFr, kStreetFr,
     kTownFr, true, ""},
    {"AT", "de-AT", "Europe/Vienna", "EUR", 200, 55, "+43664#######", kGivenDe, kFamilyDe,
     kStreetDe, kTownAt, false, ""},
    {"BE", "nl-BE", "Europe/Brussels", "EUR", 210, 35, "+3247#######", kGivenNl, kFamilyNl,
     kStreetNl, kTownBe, false, ""},
    {"IE", "en-IE", "Europe/Dublin", "EUR", 230, 30, "+35385#######", kGivenEn, kFamilyEn,
     kStreetEn, kTownIe, true, ""},
    {"CH", "de-CH", "Europe/Zurich", "EUR", 81, 25, "+4179#######", kGivenDe, kFamilyDe, kStreetDe,
     kTownCh, false, ""},
    {"ES", "es-ES", "Europe/Madrid", "EUR", 210, 25, "+346########", kGivenEs, kFamilyEs, kStreetEs,
     kTownEs, false, ""},
    {"IT", "it-IT", "Europe/Rome", "EUR", 220, 20, "+39347#######", kGivenIt, kFamilyIt, kStreetIt,
     kTownIt, false, ""},
    {"PL", "pl-PL", "Europe/Warsaw", "EUR", 230, 18, "+48601######", kGivenPl, kFamilyPl, kStreetPl,
     kTownPl, false, ""},
    {"SE", "sv-SE", "Europe/Stockholm", "EUR", 250, 15, "+4670#######", kGivenNordic, kFamilyNordic,
     kStreetNordic, kTownSe, false, ""},
    {"DK", "da-DK", "Europe/Copenhagen", "EUR", 250, 10, "+4520######", kGivenNordic, kFamilyNordic,
     kStreetNordic, kTownDk, false, ""},
    {"GR", "el-GR", "Europe/Athens", "EUR", 240, 7, "+30694#######", kGivenEl, kFamilyEl, kStreetEl,
     kTownGr, false, ""},
};

std::vector<int> CountryWeights() {
  std::vector<int> weights;
  for (const Country& country : kCountries) weights.push_back(country.weight);
  return weights;
}

// What of a name stands in an e-mail address: "Ó Murchú" is "omurchu".
std::string AddressPart(absl::string_view name) {
  std::string part;
  for (const char c : Fold(name)) {
    if (absl::ascii_isalpha(static_cast<unsigned char>(c))) part.push_back(c);
  }
  return part.empty() ? "post" : part;
}

std::string MakePhone(Dice& dice, absl::string_view pattern) {
  std::string phone(pattern);
  for (char& c : phone) {
    if (c == '#') c = static_cast<char>('0' + dice.Below(10));
  }
  return phone;
}

}  // namespace

absl::Span<const Country> Countries() { return kCountries; }

Person MakePerson(uint64_t seed, int64_t index) {
  static const auto& weights = *new std::vector<int>(CountryWeights());
  Dice dice(seed, kPurpose, static_cast<uint64_t>(index));
  Person person;
  const Country& country = kCountries[dice.Weighted(weights)];
  person.country = &country;
  person.given_name = std::string(dice.Of(country.given_names));
  person.family_name = std::string(dice.Of(country.family_names));
  // The number makes the address unique, the domain tells seeds apart.
  person.email = absl::StrCat(AddressPart(person.given_name), ".", AddressPart(person.family_name),
                              index + 1, "@mail", seed, ".example");
  person.phone = MakePhone(dice, country.phone);
  // Half of those in a country with a store live in its town.
  person.near_store = !country.store.empty() && dice.Chance(500);
  person.town = person.near_store ? &country.towns[0] : &dice.Of(country.towns);
  const absl::string_view street = dice.Of(country.streets);
  const int64_t number = 1 + dice.Below(120);
  person.address_line =
      country.number_first ? absl::StrCat(number, " ", street) : absl::StrCat(street, " ", number);
  return person;
}

}  // namespace regulars::demo
