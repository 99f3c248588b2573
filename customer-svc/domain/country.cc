#include "customer-svc/domain/country.h"

#include <bitset>

#include "absl/strings/ascii.h"

namespace regulars::customer {
namespace {

constexpr size_t kLetters = 26;

// ISO 3166-1 as of 2024 (249 codes), and EU, which is reserved there for the European Union.
constexpr absl::string_view kCodes =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ "
    "BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM "
    "DO DZ EC EE EG EH ER ES ET EU FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR "
    "GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM "
    "KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP "
    "MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL "
    "PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST "
    "SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG "
    "VI VN VU WF WS YE YT ZA ZM ZW";

using Table = std::bitset<kLetters * kLetters>;

size_t Place(char first, char second) {
  return static_cast<size_t>(first - 'A') * kLetters + static_cast<size_t>(second - 'A');
}

Table MakeTable() {
  Table table;
  for (size_t i = 0; i < kCodes.size(); i += 3) table.set(Place(kCodes[i], kCodes[i + 1]));
  for (char second = 'A'; second <= 'Z'; ++second) table.set(Place('X', second));
  return table;
}

}  // namespace

bool IsCountry(absl::string_view code) {
  static const Table table = MakeTable();
  return code.size() == 2 && absl::ascii_isupper(code[0]) && absl::ascii_isupper(code[1]) &&
         table.test(Place(code[0], code[1]));
}

}  // namespace regulars::customer
