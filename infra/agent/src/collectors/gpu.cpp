// NVIDIA GPUs through the library that comes with the driver (NVML), where it is present at run time.
//
// The few types and functions used are declared here from NVML's public, stable interface: the agent builds without it.

#include <dlfcn.h>

#include <optional>
#include <vector>

#include "collectors/collector.hpp"
#include "failed.hpp"

namespace inframind {
namespace {

using Device = void*;
struct Utilization {
    unsigned gpu, memory;
};
struct MemoryUse {
    unsigned long long total, free, used;
};
constexpr int success = 0;
constexpr unsigned on_chip = 0;  // NVML_TEMPERATURE_GPU

const Family usage{"gpu_usage", "Share of time in which the GPU worked, over its last sample period, in percent.",
                   Kind::gauge};
const Family memory_usage{"gpu_memory_usage", "Memory of the GPU in use, in percent.", Kind::gauge};
const Family memory_used{"gpu_memory_used_bytes", "Memory of the GPU in use.", Kind::gauge};
const Family memory_size{"gpu_memory_size_bytes", "Memory of the GPU.", Kind::gauge};
const Family temperature{"gpu_temperature_celsius", "Temperature of the GPU.", Kind::gauge};
const Family power{"gpu_power_watts", "Power that the GPU draws.", Kind::gauge};

struct Gpu {
    std::string number, name;
    std::optional<double> usage, memory_usage, memory_used, memory_size, temperature, power;
};

/// The library, opened and initialised.
class Nvml {
public:
    explicit Nvml(void* library) : library_(library) {
        const auto start = function<int()>("nvmlInit_v2");
        if (const int code = start(); code != success)
            throw Failed("the NVIDIA library does not start, code " + std::to_string(code));
        count_ = function<int(unsigned*)>("nvmlDeviceGetCount_v2");
        handle_ = function<int(unsigned, Device*)>("nvmlDeviceGetHandleByIndex_v2");
        name_ = function<int(Device, char*, unsigned)>("nvmlDeviceGetName");
        utilization_ = function<int(Device, Utilization*)>("nvmlDeviceGetUtilizationRates");
        memory_ = function<int(Device, MemoryUse*)>("nvmlDeviceGetMemoryInfo");
        temperature_ = function<int(Device, unsigned, unsigned*)>("nvmlDeviceGetTemperature");
        power_ = function<int(Device, unsigned*)>("nvmlDeviceGetPowerUsage");
    }

    std::vector<Gpu> gpus() const {
        unsigned count = 0;
        if (const int code = count_(&count); code != success)
            throw Failed("the NVIDIA library does not count, code " + std::to_string(code));
        std::vector<Gpu> found;
        for (unsigned at = 0; at < count; ++at) {
            Device device = nullptr;
            if (handle_(at, &device) == success) found.push_back(read(at, device));
        }
        return found;
    }

private:
    template <typename Signature>
    Signature* function(const char* name) const {
        auto* address = ::dlsym(library_, name);
        if (!address) throw Failed(std::string("the NVIDIA library lacks ") + name);
        return reinterpret_cast<Signature*>(address);
    }

    Gpu read(unsigned number, Device device) const {
        Gpu gpu;
        gpu.number = std::to_string(number);
        char name[96] = "";  // NVML_DEVICE_NAME_V2_BUFFER_SIZE
        if (name_(device, name, sizeof name) == success) gpu.name = name;
        if (Utilization rates{}; utilization_(device, &rates) == success) gpu.usage = rates.gpu;
        if (MemoryUse use{}; memory_(device, &use) == success && use.total > 0) {
            gpu.memory_used = static_cast<double>(use.used);
            gpu.memory_size = static_cast<double>(use.total);
            gpu.memory_usage = 100 * *gpu.memory_used / *gpu.memory_size;
        }
        if (unsigned celsius = 0; temperature_(device, on_chip, &celsius) == success) gpu.temperature = celsius;
        if (unsigned milliwatts = 0; power_(device, &milliwatts) == success) gpu.power = milliwatts / 1000.0;
        return gpu;
    }

    void* library_;
    int (*count_)(unsigned*) = nullptr;
    int (*handle_)(unsigned, Device*) = nullptr;
    int (*name_)(Device, char*, unsigned) = nullptr;
    int (*utilization_)(Device, Utilization*) = nullptr;
    int (*memory_)(Device, MemoryUse*) = nullptr;
    int (*temperature_)(Device, unsigned, unsigned*) = nullptr;
    int (*power_)(Device, unsigned*) = nullptr;
};

class GpuCollector final : public Collector {
public:
    explicit GpuCollector(const Config& config) : path_(config.gpu_library) {}

    std::string_view name() const override { return "gpu"; }

    void collect(Sample& out, Reader) override {
        if (!library_ && !looked_) {
            looked_ = true;  // drivers are not installed under a running agent; SIGHUP looks again
            library_ = ::dlopen(path_.c_str(), RTLD_LAZY | RTLD_LOCAL);
        }
        if (!library_) return;
        if (!nvml_) nvml_.emplace(library_);
        const auto gpus = nvml_->gpus();
        add(out, gpus, usage, &Gpu::usage);
        add(out, gpus, memory_usage, &Gpu::memory_usage);
        add(out, gpus, memory_used, &Gpu::memory_used);
        add(out, gpus, memory_size, &Gpu::memory_size);
        add(out, gpus, temperature, &Gpu::temperature);
        add(out, gpus, power, &Gpu::power);
    }

private:
    static void add(Sample& out, const std::vector<Gpu>& gpus, const Family& family,
                    std::optional<double> Gpu::*figure) {
        for (const auto& gpu : gpus) {
            if (gpu.*figure) out.add(family, *(gpu.*figure), {{"gpu", gpu.number}, {"name", gpu.name}});
        }
    }

    std::string path_;
    bool looked_ = false;
    void* library_ = nullptr;  // never closed: drivers do not survive that
    std::optional<Nvml> nvml_;
};

}  // namespace

std::unique_ptr<Collector> gpu_collector(const Config& config) { return std::make_unique<GpuCollector>(config); }

}  // namespace inframind
