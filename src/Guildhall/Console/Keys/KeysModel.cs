using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Console.Keys;

/// <param name="Created">The key that was created just now, with its secret; null otherwise.</param>
public sealed record KeysModel(IReadOnlyList<AccessKeyEntry> Keys, NewAccessKey? Created, Refusal? Refusal);
