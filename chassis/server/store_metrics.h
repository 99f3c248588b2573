// What a store's writer and readers count, as metrics of the process.
#ifndef CHASSIS_SERVER_STORE_METRICS_H_
#define CHASSIS_SERVER_STORE_METRICS_H_

#include "chassis/observe/metrics.h"
#include "chassis/storage/store.h"

namespace regulars {

// `store` is asked whenever somebody asks for the metrics.
void ExportStore(Store& store, Metrics& metrics);

}  // namespace regulars

#endif  // CHASSIS_SERVER_STORE_METRICS_H_
