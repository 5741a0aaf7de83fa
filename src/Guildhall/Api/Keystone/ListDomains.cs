using Guildhall.Identity;

namespace Guildhall.Api.Keystone;

/// <summary>KeystoneListAuthDomains: the caller's account, and no other.</summary>
internal static class ListDomains
{
    public static void MapListDomains(this IEndpointRouteBuilder api) =>
        api.MapGet("auth/domains", HandleAsync).WithName("KeystoneListAuthDomains");

    private static async Task<IResult> HandleAsync(HttpContext context, Doors doors)
    {
        if ((await doors.AuthenticateAsync(context)).IsRefused(out var refusal, out var principal))
        {
            return refusal.ToIamResponse();
        }

        var root = KeystoneApi.BaseUrlOf(context) + KeystoneApi.Root;
        var account = new Domain(
            principal.AccountId, principal.AccountName, Enabled: true, Description: "", new SelfLink($"{root}/domains/{principal.AccountId}"));
        return IamAnswers.Ok(
            new DomainList([account], new ListLinks($"{root}/auth/domains", Next: null, Previous: null)), IamAnswers.Json.DomainList);
    }
}
