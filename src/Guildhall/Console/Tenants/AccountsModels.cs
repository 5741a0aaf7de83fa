using Guildhall.Console.Shared;
using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Console.Tenants;

/// <param name="Name">The part of a name that was searched for.</param>
/// <param name="Typed">The name that could not be given to a new account; empty otherwise.</param>
public sealed record AccountsModel(IReadOnlyList<AccountEntry> Found, string Name, string Typed, Refusal? Refusal, Pages Pages);

/// <param name="Shown">The user whose password was generated just now, with it; null otherwise.</param>
/// <param name="Typed">The name that could not be given, by the form: project or user.</param>
/// <param name="ProjectRefusal">Why there is no new project; it stands beside the field.</param>
/// <param name="UserRefusal">Why there is no new user; it stands beside the field.</param>
public sealed record AccountModel(
    AccountEntry Account,
    IReadOnlyList<ProjectEntry> Projects,
    IReadOnlyList<UserEntry> Users,
    NewUser? Shown,
    string Typed,
    Refusal? Refusal,
    Refusal? ProjectRefusal,
    Refusal? UserRefusal);
