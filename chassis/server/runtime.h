// Settings of the libraries below that every process makes before its first thread.
#ifndef CHASSIS_SERVER_RUNTIME_H_
#define CHASSIS_SERVER_RUNTIME_H_

namespace regulars {

// Debian's abseil watches every lock of gRPC for deadlocks, in one graph behind one lock: switched
// off, it leaves about a twentieth of a call's time.
void TuneRuntime();

// Keeps the signals that end a process from every thread that is made from now on: WaitForEnd()
// alone receives them.
void BlockEndSignals();

// Waits for such a signal; its number.
int WaitForEnd();

// Ends the process in order, as such a signal does.
void RequestEnd();

}  // namespace regulars

#endif  // CHASSIS_SERVER_RUNTIME_H_
