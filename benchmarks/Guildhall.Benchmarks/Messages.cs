using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Guildhall.Identity;

namespace Guildhall.Benchmarks;

/// <summary>The bytes of requests, made before the clock starts.</summary>
internal static class Messages
{
    public static byte[] Get(string path) => Of("GET", path, "", null);

    /// <summary>A request of the bare endpoint that is as long as the other one.</summary>
    public static byte[] Get(string path, int length)
    {
        const string header = "X-Auth-Token: ";
        var shortest = Get(path).Length + header.Length + 2;
        return Of("GET", path, $"{header}{new string('t', Math.Max(1, length - shortest))}\r\n", null);
    }

    /// <summary>ListMembers by the tenant, with its token.</summary>
    public static byte[] List(int tenant) => ByToken("GET", "members", tenant, null);

    /// <summary>ListMembers by the tenant, signed with its access key as the official SDKs sign.</summary>
    public static byte[] SignedList(int tenant)
    {
        var path = $"/v2/{Tenants.ProjectOf(tenant)}/members";
        var date = TimeProvider.System.GetUtcNow().UtcDateTime.ToString(SdkSignature.DateFormat, CultureInfo.InvariantCulture);
        var canonical = $"GET\n{path}/\n\nx-sdk-date:{date}\n\nx-sdk-date\n{Hex(SHA256.HashData([]))}";
        var toSign = $"{SdkSignature.Algorithm}\n{date}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signature = Hex(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Tenants.SecretKeyOf(tenant)), Encoding.UTF8.GetBytes(toSign)));
        var authorization = $"{SdkSignature.Algorithm} Access={Tenants.AccessKeyOf(tenant)}, SignedHeaders=x-sdk-date, Signature={signature}";
        return Of("GET", path, $"X-Sdk-Date: {date}\r\nAuthorization: {authorization}\r\n", null);
    }

    /// <summary>BatchInviteMembersToChannel.</summary>
    public static byte[] Invite(int inviter, IEnumerable<int> invitees) => Invite(inviter, invitees.Select(Tenants.NameOf));

    /// <summary>The same, of accounts that may not exist.</summary>
    public static byte[] Invite(int inviter, IEnumerable<string> invitees) => ByToken("POST", "members/invitations", inviter, new JsonObject
    {
        ["bcs_id"] = Tenants.ServiceOf(inviter),
        ["channel_name"] = Tenants.Channel,
        ["invited_userinfo"] = new JsonArray([.. invitees.Select(name => (JsonNode)new JsonObject { ["invited_user"] = name })]),
    });

    /// <summary>HandleNotification.</summary>
    public static byte[] Answer(bool agrees, int invitee, int inviter, string channel)
    {
        var body = new JsonObject
        {
            ["channel_name"] = channel,
            ["status"] = agrees ? "agreed" : "reject",
            ["invitor_info"] = new JsonObject
            {
                ["invitor_bcs_id"] = Tenants.ServiceOf(inviter),
                ["invitor_bcs_name"] = Tenants.ServiceName,
                ["invitor_project_id"] = Tenants.ProjectOf(inviter),
                ["invitor_user_id"] = Tenants.AccountOf(inviter),
            },
        };
        if (agrees)
        {
            body["invitee_info"] = new JsonObject
            {
                ["invitee_bcs_id"] = Tenants.ServiceOf(invitee),
                ["invitee_bcs_name"] = Tenants.ServiceName,
                ["invitee_project_id"] = Tenants.ProjectOf(invitee),
                ["invitee_user_id"] = Tenants.AccountOf(invitee),
            };
            body["invited_orgs"] = new JsonArray(new JsonObject { ["name"] = Tenants.Organization });
        }

        return ByToken("POST", "notification/handle", invitee, body);
    }

    /// <summary>HandleUnionMemberQuitList.</summary>
    public static byte[] Quit(int invitee, int inviter, string channel) => ByToken("PUT", "members/quit", invitee, new JsonObject
    {
        ["inviter_bcsid"] = Tenants.ServiceOf(inviter),
        ["inviter_projectid"] = Tenants.ProjectOf(inviter),
        ["inviter_domainid"] = Tenants.AccountOf(inviter),
        ["inviter_username"] = Tenants.NameOf(inviter),
        ["channel_name"] = channel,
        ["invitee_bcsid"] = Tenants.ServiceOf(invitee),
        ["invitee_projectid"] = Tenants.ProjectOf(invitee),
        ["invitee_domainid"] = Tenants.AccountOf(invitee),
    });

    private static byte[] ByToken(string method, string path, int tenant, JsonObject? body) =>
        Of(method, $"/v2/{Tenants.ProjectOf(tenant)}/{path}", $"X-Auth-Token: {Tenants.TokenOf(tenant)}\r\n", body);

    private static byte[] Of(string method, string path, string headers, JsonObject? body)
    {
        var json = body?.ToJsonString() ?? "";
        var content = body is null ? "" : $"Content-Type: application/json\r\nContent-Length: {json.Length}\r\n";
        return Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}{content}\r\n{json}");
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
