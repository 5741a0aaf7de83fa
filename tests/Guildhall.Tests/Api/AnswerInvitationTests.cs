using Guildhall.Services;

namespace Guildhall.Tests.Api;

public sealed class AnswerInvitationTests
{
    [Theory, EveryEngine]
    public async Task The_references_own_request_rejects_and_its_extra_objects_do_no_harm(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);

        var response = await service.Invitee.PostAsync("notification/handle", $$"""
            {
              "channel_name" : "channel",
              "invited_orgs" : [ {
                "name" : "organization"
              } ],
              "invitor_info" : {
                "invitor_user_id" : "{{service.Inviter.AccountId}}",
                "invitor_bcs_id" : "{{service.Inviter.ServiceId}}",
                "invitor_project_id" : "{{service.Inviter.ProjectId}}",
                "invitor_bcs_name" : "invitor-xxx"
              },
              "invitee_info" : {
                "invitee_user_id" : "051ddda48580d3371fc6c014ba7175b5",
                "invitee_bcs_id" : "6a9062bb-6aaf-a1cc-1756-7f45f9e0ea11",
                "invitee_project_id" : "051dded75a80d4fb2f38c01d64a5789e",
                "invitee_bcs_name" : "invitee-xxx"
              },
              "status" : "reject"
            }
            """);

        Assert.Equal((200, """{"result":"success"}"""), response);
        Assert.Equal("reject", await service.Invitee.NotificationStatusAsync());
    }

    [Theory, EveryEngine]
    public async Task An_invitee_who_agrees_is_joining_and_then_joined(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);

        Assert.Equal((200, """{"result":"success"}"""), await service.Invitee.AgreeAsync());
        Assert.Equal("joining", await service.Invitee.NotificationStatusAsync());
        await service.WorkAsync();
        Assert.Equal("agreed", await service.Invitee.NotificationStatusAsync());
    }

    [Theory, EveryEngine]
    public async Task Why_an_invitee_rejects_is_read_by_both_and_by_nobody_who_does_not_ask(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);

        Assert.Equal((200, """{"result":"success"}"""), await service.Invitee.RejectAsync(change: body => body["reason"] = "  no peers to spare ✓ "));

        Assert.Contains("""
            "reason":"no peers to spare ✓"}
            """, (await service.Inviter.GetAsync("members?extended=true")).Body, StringComparison.Ordinal);
        Assert.Contains("""
            "cross_version_upgrade":"","reason":"no peers to spare ✓"}
            """, (await service.Invitee.GetAsync("notifications")).Body, StringComparison.Ordinal);
        Assert.DoesNotContain("reason", await service.Inviter.MembersAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\n", "reason holds a control character")]
    [InlineData(7, "reason must be a string, not a number")]
    [InlineData(null, null)]
    [InlineData("   ", null)]
    public async Task A_reason_is_a_text_or_nothing(object? reason, string? message)
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);

        var answer = await service.Invitee.RejectAsync(change: body => body["reason"] = System.Text.Json.JsonSerializer.SerializeToNode(reason));

        Assert.Equal(
            message is null ? (200, """{"result":"success"}""") : (400, $$"""{"error_code":"BCS.4006003","error_msg":"Invalid Parameter: {{message}}"}"""), answer);
        Assert.DoesNotContain("\"reason\"", (await service.Invitee.GetAsync("notifications")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reason_has_256_characters_at_most_and_is_not_looked_at_with_a_yes()
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);

        Assert.Equal(
            (400, """{"error_code":"BCS.4006003","error_msg":"Invalid Parameter: reason has 257 characters, at most 256 are allowed"}"""),
            await service.Invitee.RejectAsync(change: body => body["reason"] = new string('x', 257)));
        Assert.Equal((200, """{"result":"success"}"""), await service.Invitee.AgreeAsync(change: body => body["reason"] = new string('x', 257)));
    }

    [Theory, EveryEngine]
    public async Task Agreeing_twice_is_refused_as_the_reference_documents(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Invitee.AgreeAsync();

        Assert.Equal(
            (400, """{"error_code":"BCS.4001041","error_msg":"You have agreed to join this channel; refresh later to see the status: the membership of north-mill in channel channel is joining"}"""),
            await service.Invitee.AgreeAsync());
    }

    [Theory, EveryDistance]
    public async Task Of_many_answers_at_once_one_is_taken(Engine engine, int delay)
    {
        await using var service = await TestService.StartAsync(engine, delay: delay);
        await service.Inviter.InviteAsync(service.Invitee);

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(n => n % 2 == 0 ? service.Invitee.AgreeAsync() : service.Invitee.RejectAsync()));

        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.Equal(400, answer.Status));
        Assert.Single(await service.Invitee.NotificationStatesAsync());
    }

    [Fact]
    public async Task An_invitation_for_someone_else_does_not_exist()
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);

        Assert.Equal(
            (400, $$"""{"error_code":"BCS.4007021","error_msg":"The invitation does not exist: service {{service.Inviter.ServiceId}} has not invited south-foundry to channel channel"}"""),
            await service.Third.AgreeAsync());
    }

    [Theory]
    [InlineData("invitor_user_id")]
    [InlineData("invitor_project_id")]
    [InlineData("invitor_bcs_id")]
    public async Task Ids_of_another_inviter_name_no_invitation(string field)
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);

        var (status, body) = await service.Invitee.AgreeAsync(change: body => body["invitor_info"]![field] = "another");

        Assert.Equal(400, status);
        Assert.Contains("BCS.4007021", body, StringComparison.Ordinal);
        Assert.Equal("waiting", await service.Invitee.NotificationStatusAsync());
    }

    [Theory]
    [InlineData("invitee_project_id", "Invalid Parameter: invitee_info.invitee_project_id must be the project in the path")]
    [InlineData("invitee_user_id", "Invalid Parameter: invitee_info.invitee_user_id must be the caller's account")]
    public async Task The_invitee_answers_only_for_itself(string field, string message)
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);

        var response = await service.Invitee.AgreeAsync(change: body => body["invitee_info"]![field] = "another");

        Assert.Equal((400, $$"""{"error_code":"BCS.4006003","error_msg":"{{message}}"}"""), response);
    }

    [Theory]
    [InlineData("BlockchainType", "its blockchain type is private, the inviter's is union")]
    [InlineData("Consensus", "its consensus is sflic, the inviter's is etcdraft")]
    [InlineData("SignAlgorithm", "its signature algorithm is sm2, the inviter's is ECDSA")]
    [InlineData("Edition", "its edition is Professional, the inviter's is Enterprise")]
    [InlineData("FabricVersion", "its Fabric version is 1.4, the inviter's is 2.2")]
    public async Task A_service_that_differs_from_the_inviters_cannot_join(string trait, string difference)
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);
        var other = await service.Invitee.AddServiceAsync("other", traits => trait switch
        {
            "BlockchainType" => traits with { BlockchainType = "private" },
            "Consensus" => traits with { Consensus = "sflic" },
            "SignAlgorithm" => traits with { SignAlgorithm = "sm2" },
            "Edition" => traits with { Edition = Edition.Professional },
            _ => traits with { FabricVersion = "1.4" },
        });

        var response = await service.Invitee.AgreeAsync(change: body => body["invitee_info"]!["invitee_bcs_id"] = other);

        Assert.Equal((400, $$"""{"error_code":"BCS.4007022","error_msg":"The invitee's service does not match the inviter's: {{difference}}"}"""), response);
        Assert.Equal("waiting", await service.Invitee.NotificationStatusAsync());
    }

    [Theory, EveryEngine]
    public async Task A_service_serves_one_inviter_in_any_number_of_its_channels(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.AddChannelAsync("second");
        await service.Third.AddServiceAsync("thirds-own", traits => traits, isInvitee: false, channels: ["channel"], becomesMain: true);
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Inviter.InviteAsync(service.Invitee, channel: "second");
        await service.Third.InviteAsync(service.Invitee);

        Assert.Equal(200, (await service.Invitee.AgreeAsync()).Status);
        Assert.Equal(200, (await service.Invitee.AgreeAsync(channel: "second")).Status);
        Assert.Equal(
            (400, """{"error_code":"BCS.4007023","error_msg":"The invitee's service serves another inviter: mill serves harbor-trade"}"""),
            await service.Invitee.AgreeAsync(to: service.Third));
    }

    [Fact]
    public async Task An_organization_the_service_does_not_have_cannot_join()
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);

        var response = await service.Invitee.AgreeAsync(change: body => body["invited_orgs"]![0]!["name"] = "org1");

        Assert.Equal((400, """{"error_code":"BCS.4001051","error_msg":"Input org is not exist: service mill has no organization org1"}"""), response);
    }

    [Theory]
    [InlineData("invitee_info", "invitee_info is required")]
    [InlineData("invited_orgs", "invited_orgs is required")]
    [InlineData("status", "status is required")]
    [InlineData("channel_name", "channel_name is required")]
    [InlineData("invitor_info", "invitor_info is required")]
    public async Task Agreeing_needs_every_part(string part, string message)
    {
        await using var service = await TestService.StartAsync();
        await service.Inviter.InviteAsync(service.Invitee);

        var response = await service.Invitee.AgreeAsync(change: body => body.Remove(part));

        Assert.Equal((400, $$"""{"error_code":"BCS.4006009","error_msg":"One of parameters is nil: {{message}}"}"""), response);
        Assert.Equal("waiting", await service.Invitee.NotificationStatusAsync());
    }

    [Theory, EveryEngine]
    public async Task A_withdrawn_invitation_cannot_be_answered(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.Inviter.InviteAsync(service.Invitee);
        await service.Inviter.DeleteInvitationAsync(service.Invitee);

        var (status, body) = await service.Invitee.AgreeAsync();

        Assert.Equal(400, status);
        Assert.Contains("BCS.4007021", body, StringComparison.Ordinal);
    }
}
