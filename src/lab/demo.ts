export async function demo(_o: unknown, _c: unknown) {}
