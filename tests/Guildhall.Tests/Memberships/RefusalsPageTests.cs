using System.Reflection;
using System.Text;
using Guildhall.Memberships;

namespace Guildhall.Tests.Memberships;

public sealed class RefusalsPageTests
{
    [Fact]
    public void The_page_of_refusals_is_current() => Repository.AssertCurrent("docs/refusals.md", Page());

    [Fact]
    public void Every_refusal_is_within_the_limits_of_the_wire() => Assert.All(Refusal.All, refusal =>
    {
        Assert.InRange(refusal.Code.Length, 8, 36);
        Assert.InRange(refusal.Message.Length, 2, Refusal.MaxMessageLength);
        Assert.InRange(refusal.Status, 400, 599);
    });

    private static string Page()
    {
        var page = new StringBuilder(
            """
            # Refusals

            Every request that is turned down gets one of these answers: the HTTP status, and a body with `error_code` and `error_msg`.
            When several apply, the first in this table is the one that is returned. After the message there may be a colon and what is
            particular to the request: which field, which account, which limit.

            One code can stand for several causes, because the reference uses it so; the message tells them apart. Codes from `BCS.4007001`
            on are Guildhall's own, for causes that the reference has no code for ([why](decisions/own-error-codes.md)). The endpoints under
            `/v3` refuse in Keystone's shape instead: `{"error":{"code":401,"message":"…","title":"Unauthorized"}}`.

            This page is written from `Memberships/Refusal.cs`; a test fails when they differ, and says how to renew it.

            | rank | HTTP | code | message | what to do | name |
            |---:|---|---|---|---|---|

            """);
        foreach (var refusal in Refusal.All)
        {
            page.AppendLine($"| {refusal.Rank + 1} | {refusal.Status} | `{refusal.Code}` | {refusal.Message} | {refusal.Remedy} | {NameOf(refusal)} |");
        }

        return page.ToString();
    }

    private static string NameOf(Refusal refusal) => typeof(Refusal).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Single(field => ReferenceEquals(field.GetValue(null), refusal)).Name;
}
