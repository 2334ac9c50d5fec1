import { describe, expect, it } from "vitest";

import { monthsOf } from "./year";

describe("the months of a year", () => {
  const months = monthsOf(2027, [{ date: "2027-02-01", open: false, why: "Inventory" }]);

  it("begin with their weekday", () => {
    expect(months).toHaveLength(12);
    expect(months[0]?.name).toBe("January");
    // 1 January 2027 is a Friday.
    expect(months[0]?.weeks[0]?.slice(0, 4)).toEqual([null, null, null, null]);
    expect(months[0]?.weeks[0]?.[4]?.date).toBe("2027-01-01");
    expect(months[1]?.weeks.flat().filter(Boolean)).toHaveLength(28);
    expect(monthsOf(2028, [])[1]?.weeks.flat().filter(Boolean)).toHaveLength(29);
  });

  it("say what is known of a day, and what is not", () => {
    expect(months[1]?.weeks[0]?.[0]).toEqual({ date: "2027-02-01", open: false, why: "Inventory" });
    expect(months[1]?.weeks[0]?.[1]).toEqual({ date: "2027-02-02", open: null, why: "" });
  });
});
