// What every process of the suite agrees on.
#ifndef CHASSIS_SERVER_VERSION_H_
#define CHASSIS_SERVER_VERSION_H_

namespace regulars {

inline constexpr char kVersion[] = "0.1.0";

// Who issues access tokens (the gateway) and for whom (every service of the installation).
inline constexpr char kTokenIssuer[] = "regulars-gateway";
inline constexpr char kTokenAudience[] = "regulars";

}  // namespace regulars

#endif  // CHASSIS_SERVER_VERSION_H_
