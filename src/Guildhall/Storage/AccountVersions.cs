using System.Runtime.InteropServices;

namespace Guildhall.Storage;

/// <summary>How often the register has changed for an account, and who may act for it: what was remembered under the same numbers still holds.</summary>
/// <param name="Register">Counts the changes of the account's memberships.</param>
/// <param name="Identity">Counts the changes of the account, its users, projects, tokens and access keys that take something away.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AccountVersions(long Register, long Identity);
