import { describeSinkContract } from "../contracts/sink.ts";
import { fromRegistry, givenDevice, iotHarness } from "./iot-hub-harness.ts";

const oneDevice = {
  "goes on with the other devices beside an unknown outcome": "everything is sent as one device, and so in one order",
};
const createsDevices = {
  "says SINK_NOT_FOUND on check and on send, with a fix": "a device that is missing is created",
};

describeSinkContract(
  "the IoT Hub sink as one given device",
  () =>
    iotHarness(["bridge"], (simulator, wrong) => ({
      devices: givenDevice(simulator, "bridge", wrong),
      naming: { all: wrong === "hub" ? "missing" : "bridge" },
    })),
  oneDevice,
);

describeSinkContract(
  "the IoT Hub sink with a device per record type from the registry",
  () => iotHarness([], (simulator, wrong) => ({ devices: fromRegistry(simulator, wrong) })),
  { ...oneDevice, ...createsDevices },
);

describeSinkContract(
  "the IoT Hub sink with a device per device from the registry",
  () => iotHarness(["device-1"], (simulator, wrong) => ({ devices: fromRegistry(simulator, wrong), naming: "device" })),
  createsDevices,
);
