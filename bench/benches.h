// The benchmarks, each in a file of its own. `folder` is an empty one on a real disk.
#ifndef BENCH_BENCHES_H_
#define BENCH_BENCHES_H_

#include <string>
#include <utility>

#include "bench/report.h"

namespace regulars::bench {

void BenchChassis(const std::string& folder, Report& report);
void BenchFollow(const std::string& folder, Report& report);
void BenchSuite(const std::string& folder, Report& report);
void BenchImport(const std::string& folder, Report& report);
void BenchPoints(const std::string& folder, Report& report);
void BenchCustomers(const std::string& folder, Report& report);
// Forks: before anything else has used gRPC.
void PrepareRecommend();
void BenchRecommend(const std::string& folder, Report& report);
void BenchCampaign(const std::string& folder, Report& report);

using Bench = void (*)(const std::string&, Report&);
// Those that fork servers first: that is not to be done once this process has used gRPC.
inline constexpr std::pair<const char*, Bench> kBenches[] = {
    {"follow", BenchFollow},       {"points", BenchPoints},       {"chassis", BenchChassis},
    {"suite", BenchSuite},         {"customers", BenchCustomers}, {"import", BenchImport},
    {"recommend", BenchRecommend}, {"campaign", BenchCampaign}};

}  // namespace regulars::bench

#endif  // BENCH_BENCHES_H_
