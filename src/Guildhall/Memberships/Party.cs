using Guildhall.Services;

namespace Guildhall.Memberships;

/// <summary>One side of a membership: an account, and the project and service it takes part with.</summary>
/// <param name="AccountId">The account ("tenant ID", IAM domain id).</param>
/// <param name="AccountName">The account's name ("tenant name").</param>
/// <param name="ProjectId">Empty for an invitee that has not agreed.</param>
/// <param name="ServiceId">Empty for an invitee that has not agreed.</param>
/// <param name="ServiceName">Empty for an invitee that has not agreed.</param>
public sealed record Party(string AccountId, string AccountName, string ProjectId, string ServiceId, string ServiceName)
{
    /// <summary>The side that takes part with this service.</summary>
    public static Party Of(Service service) => new(service.AccountId, service.AccountName, service.ProjectId, service.Id, service.Name);

    /// <summary>An account that has been invited and has not said with which service it comes.</summary>
    public static Party Invited(string accountId, string accountName) => new(accountId, accountName, "", "", "");
}
