// The benchmarks, each in a file of its own. `folder` is an empty one on a real disk.
#ifndef BENCH_BENCHES_H_
#define BENCH_BENCHES_H_

#include <string>

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

}  // namespace regulars::bench

#endif  // BENCH_BENCHES_H_
