namespace Guildhall.Identity;

/// <summary>Whose administrators manage all accounts, users and projects in the console.</summary>
/// <param name="AccountName">Exact to the letter; null for nobody's: the command line alone manages them then.</param>
public sealed record Operators(string? AccountName)
{
    public static readonly Operators None = new((string?)null);

    public bool Include(Principal user) => AccountName is not null && user.Role == Role.Admin && user.AccountName.Equals(AccountName, StringComparison.Ordinal);
}
