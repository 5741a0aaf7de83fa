using Guildhall.Storage;

namespace Guildhall.Identity;

/// <summary>Who sends a request, and the project of its own that it acts in.</summary>
public sealed record Caller(
    string AccountId, string AccountName, string ProjectId, string ProjectName, string UserId, string UserName, Role Role)
{
    /// <summary>The account's versions as they were after the request had come: what was read of it under the same ones is what it would be read as now.</summary>
    public AccountVersions Versions { get; init; }

    /// <summary>What the caller may send again; null when its request carries no key.</summary>
    public KeyedRequest? Request { get; init; }

    /// <summary>What the account's writes may add; null for one that nobody bounds, as on the command line.</summary>
    public WriteBudget? Budget { get; init; }

    /// <summary>Fills an endpoint's parameter; the authentication that ran before has left the caller here.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context) => new(context.Features.Get<Caller>());
}

/// <summary>What a user may do in its account.</summary>
public enum Role
{
    /// <summary>Everything.</summary>
    Admin,

    /// <summary>Lists and shows, and changes nothing.</summary>
    Reader,
}
