import { describe, expect, it } from "vitest";
import { hashOrderKey, inPartitionOrder, partitionFor } from "../../src/sinks/partitions.ts";

const four = ["0", "1", "2", "3"];

describe("partitionFor", () => {
  // Not to be changed: a device that changes its partition between releases is out of order for its consumers.
  it("gives the same partitions in every release", () => {
    expect(["", "a", "device-1", "00-80-00-00-04-03-23-88", "Zürich/3. OG", "会议室"].map(hashOrderKey)).toEqual([
      2872998923, 444641715, 489740702, 1768075311, 3130315696, 2754927786,
    ]);
    expect(partitionFor("00-80-00-00-04-03-23-88", four)).toBe("3");
  });

  it.each([1, 2, 3, 4, 8, 32])("spreads numbered devices evenly over %i partitions", (count) => {
    const ids = Array.from({ length: count }, (_, index) => String(index));
    const devices = Array.from({ length: 200 * count }, (_, index) => `device-${String(index).padStart(5, "0")}`);
    const sizes = Object.values(Object.groupBy(devices, (device) => partitionFor(device, ids))).map(
      (all) => all?.length ?? 0,
    );
    expect(sizes).toHaveLength(count);
    // 200 are expected on each; chance alone stays within 5 standard deviations.
    expect(Math.max(...sizes)).toBeLessThan(271);
    expect(Math.min(...sizes)).toBeGreaterThan(129);
  });

  it("does not depend on the order in which the service lists the partitions", () => {
    expect(inPartitionOrder(["10", "2", "0", "1"])).toEqual(["0", "1", "2", "10"]);
    expect(inPartitionOrder(["b", "a"])).toEqual(["a", "b"]);
  });

  it("needs a partition", () => {
    expect(() => partitionFor("a", [])).toThrow(RangeError);
  });
});
