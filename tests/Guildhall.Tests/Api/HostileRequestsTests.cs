
namespace Guildhall.Tests.Api;

/// <summary>Requests that no operation should see: each is refused in the documented shape, and nothing changes.</summary>
public sealed class HostileRequestsTests
{
    [Theory]
    [InlineData("", "BCS.4006003", "Invalid Parameter body: it is empty; a JSON object is needed")]
    [InlineData("[]", "BCS.4006003", "Invalid Parameter body: a JSON object is needed, this is a list")]
    [InlineData("null", "BCS.4006003", "Invalid Parameter body: a JSON object is needed, this is null")]
    [InlineData("{\"bcs_id\": \"x\"", "BCS.4006003", "Invalid Parameter body: it is not JSON at line 1, byte 15")]
    [InlineData("{\n\"bcs_id\": }", "BCS.4006003", "Invalid Parameter body: it is not JSON at line 2, byte 11")]
    [InlineData("{}{}", "BCS.4006003", "Invalid Parameter body: it is not JSON at line 1, byte 3")]
    [InlineData("{}", "BCS.4006009", "One of parameters is nil: bcs_id is required")]
    [InlineData("""{"bcs_id":7,"channel_name":"c","invited_userinfo":[{"invited_user":"u"}]}""", "BCS.4006003", "Invalid Parameter: bcs_id must be a string, not a number")]
    [InlineData("""{"bcs_id":"b","channel_name":"c","invited_userinfo":{}}""", "BCS.4006003", "Invalid Parameter: invited_userinfo must be a list, not an object")]
    [InlineData("""{"bcs_id":"b","channel_name":"c","invited_userinfo":["u"]}""", "BCS.4006003", "Invalid Parameter: invited_userinfo[0] must be an object, not a string")]
    [InlineData("""{"bcs_id":"b","channel_name":"c","invited_userinfo":[]}""", "BCS.4006009", "One of parameters is nil: invited_userinfo must have at least one item")]
    [InlineData("""{"bcs_id":"b","channel_name":"c","invited_userinfo":null}""", "BCS.4006009", "One of parameters is nil: invited_userinfo is required")]
    [InlineData("""{"bcs_id":"b\u0000","channel_name":"c","invited_userinfo":[{"invited_user":"u"}]}""", "BCS.4006003", "Invalid Parameter: bcs_id holds a control character")]
    [InlineData("""{"bcs_id":"\ud800","channel_name":"c","invited_userinfo":[{"invited_user":"u"}]}""", "BCS.4006003", "Invalid Parameter body: bcs_id holds half of a surrogate pair")]
    [InlineData("""{"bcs_id":"b","channel_name":"c","a":{"\ud800 is no name":1},"invited_userinfo":[{"invited_user":"u"}]}""", "BCS.4006003", "Invalid Parameter body: the name of a field holds half of a surrogate pair")]
    public async Task A_body_that_cannot_be_taken_is_told_where_it_breaks(string body, string code, string message)
    {
        await using var service = await TestService.StartAsync();

        var response = await service.Inviter.PostAsync("members/invitations", body);

        Assert.Equal((400, $$"""{"error_code":"{{code}}","error_msg":"{{message}}"}"""), response);
        await NothingChangedAsync(service);
    }

    [Fact]
    public async Task Of_several_faults_the_first_in_rank_is_told()
    {
        await using var service = await TestService.StartAsync();

        var (_, body) = await service.Inviter.PostAsync("members/invitations", """{"bcs_id":7,"invited_userinfo":[{"invited_user":"u"}]}""");

        Assert.Contains("channel_name is required", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_of_forty_thousand_characters_is_refused_in_a_short_message()
    {
        await using var service = await TestService.StartAsync();

        var response = await service.Inviter.InviteNamesAsync(new string('名', 40_000));

        Assert.Equal(
            (400, """{"error_code":"BCS.4006003","error_msg":"Invalid Parameter: invited_userinfo[0].invited_user has 40000 characters, at most 64 are allowed"}"""),
            response);
        await NothingChangedAsync(service);
    }

    [Fact]
    public async Task A_body_of_depth_is_refused()
    {
        await using var service = await TestService.StartAsync();

        var (status, body) = await service.Inviter.PostAsync("members/invitations", """{"a":""" + new string('[', 5000) + new string(']', 5000) + "}");

        Assert.Equal(400, status);
        Assert.Contains("Invalid Parameter body: it is not JSON", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_not_utf8_is_refused()
    {
        await using var service = await TestService.StartAsync();

        var response = await PostBytesAsync(service, [.. "{\"bcs_id\":\""u8, 0xff, 0xfe, .. "\"}"u8], "application/json");

        Assert.Equal((400, """{"error_code":"BCS.4006003","error_msg":"Invalid Parameter body: it is not UTF-8"}"""), response);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "Unsupported media type: send application/json, not application/x-www-form-urlencoded")]
    [InlineData("text/plain", "Unsupported media type: send application/json, not text/plain")]
    [InlineData("application/json; charset=utf-16", "Unsupported media type: send UTF-8, not utf-16")]
    [InlineData("nonsense", "Unsupported media type: send application/json, not nonsense")]
    public async Task Another_media_type_is_refused(string type, string message)
    {
        await using var service = await TestService.StartAsync();

        var response = await PostBytesAsync(service, "{}"u8.ToArray(), type);

        Assert.Equal((415, $$"""{"error_code":"BCS.4150415","error_msg":"{{message}}"}"""), response);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_whether_announced_or_not()
    {
        await using var service = await TestService.StartAsync();
        var body = new byte[1024 * 1024 + 1];
        Array.Fill(body, (byte)' ');

        Assert.Equal(
            (413, """{"error_code":"APIGW.0201","error_msg":"Request entity too large: the body may have 1048576 bytes, this one has 1048577"}"""),
            await PostBytesAsync(service, body, "application/json"));

        await using var raw = await RawHttp.ConnectAsync(service);
        await raw.WriteAsync(Head(service, "POST", "members/invitations") + "Transfer-Encoding: chunked\n\n100001\n");
        await raw.WriteAsync(new string(' ', 0x100001));
        Assert.Contains("""{"error_code":"APIGW.0201","error_msg":"Request entity too large: the body may have 1048576 bytes"}""", await raw.ReadAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/nothing", 404)]
    [InlineData("GET", "/v2", 404)]
    [InlineData("GET", "/v1/project/members", 404)]
    [InlineData("GET", "/v2/project/member", 404)]
    [InlineData("GET", "/v2/project/blockchains/some/cert", 404)]
    [InlineData("POST", "/v2/project/blockchains/some/sdk-cfg", 404)]
    [InlineData("POST", "/v2/project/blockchains/some/metric/list", 404)]
    [InlineData("GET", "/v2/../../etc/passwd", 404)]
    [InlineData("POST", "/v2/project/members", 405)]
    [InlineData("GET", "/v2/project/members/quit", 405)]
    [InlineData("PATCH", "/v2/project/members/invitations", 405)]
    [InlineData("NONSENSE", "/v2/project/members", 405)]
    public async Task An_unknown_path_or_method_is_answered_as_documented(string method, string path, int expected)
    {
        await using var service = await TestService.StartAsync();
        await using var raw = await RawHttp.ConnectAsync(service);

        var answer = await raw.SendAsync($"{method} {path} HTTP/1.1\nHost: localhost\n\n");

        Assert.StartsWith($"HTTP/1.1 {expected} ", answer, StringComparison.Ordinal);
        Assert.Contains(expected == 404 ? "{\"error_code\":\"BCS.4040404\",\"error_msg\":\"Not Found:the url is not found" : "{\"error_code\":\"BCS.4050405\"", answer, StringComparison.Ordinal);
        Assert.Contains("X-Request-Id: ", answer, StringComparison.Ordinal);
        Assert.Equal(expected == 405, answer.Contains("\r\nAllow: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Http_1_0_is_told_what_is_spoken_here()
    {
        await using var service = await TestService.StartAsync();
        await using var raw = await RawHttp.ConnectAsync(service);

        var answer = await raw.SendAsync($"GET /v2/{service.Inviter.ProjectId}/members HTTP/1.0\nX-Auth-Token: {service.Inviter.Token}\n\n");

        Assert.Contains(" 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("""{"error_code":"APIGW.0607","error_msg":"The following protocol is supported: HTTP/1.1, HTTP/2: this request came as HTTP/1.0"}""", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Long", 32769, 1, "APIGW.0201")]
    [InlineData("X-Many", 1, 101, "APIGW.0201")]
    [InlineData("X-Flood", 30000, 5, "APIGW.0201")]
    public async Task A_flood_of_headers_is_refused(string name, int length, int count, string code)
    {
        await using var service = await TestService.StartAsync();
        await using var raw = await RawHttp.ConnectAsync(service);
        var headers = string.Concat(Enumerable.Range(0, count).Select(n => $"{name}-{n}: {new string('x', length)}\n"));

        var answer = await raw.SendAsync(Head(service, "GET", "members") + headers + "\n");

        Assert.StartsWith("HTTP/1.1 431 ", answer, StringComparison.Ordinal);
        Assert.Contains($$"""{"error_code":"{{code}}","error_msg":"Request headers too large: """, answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense\n\n", 400, "APIGW.0602", "Bad request")]
    [InlineData("GET /v2/p/members HTTP/1.1\n\n", 400, "APIGW.0602", "Bad request")]
    [InlineData("GET /v2/p/members HTTP/1.1\nHost: a\nHost: b\n\n", 400, "APIGW.0602", "Bad request")]
    [InlineData("GET /v2/p/members HTTP/1.1\nHost: a\nBro ken\n\n", 400, "APIGW.0602", "Bad request")]
    [InlineData("POST /v2/p/members HTTP/1.1\nHost: a\nContent-Length: many\n\n", 400, "APIGW.0602", "Bad request")]
    [InlineData("GET /v2/p/members HTTP/3.7\nHost: a\n\n", 505, "APIGW.0607", "The following protocol is supported: HTTP/1.1, HTTP/2")]
    public async Task What_is_not_even_a_request_gets_the_documented_body_and_an_id(string request, int status, string code, string message)
    {
        await using var service = await TestService.StartAsync();
        await using var raw = await RawHttp.ConnectAsync(service);

        var answer = await raw.SendAsync(request);

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.EndsWith($$"""{"error_code":"{{code}}","error_msg":"{{message}}"}""", answer, StringComparison.Ordinal);
        Assert.Matches("\r\nX-Request-Id: [0-9a-f]{32}\r\n", answer);
    }

    [Fact]
    public async Task A_flood_of_headers_past_every_limit_gets_the_documented_body()
    {
        await using var service = await TestService.StartAsync();
        await using var raw = await RawHttp.ConnectAsync(service);
        var flood = string.Concat(Enumerable.Range(0, 1100).Select(n => $"X-{n}: {new string('x', 600)}\n"));

        var answer = await raw.SendAsync(Head(service, "GET", "members") + flood + "\n");

        Assert.StartsWith("HTTP/1.1 431 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("""{"error_code":"APIGW.0201","error_msg":"Request headers too large"}""", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_the_longest_kind_still_comes_through()
    {
        await using var service = await TestService.StartAsync();
        var token = new string('t', 32768);
        await service.AddTokenAsync(token, service.Inviter.AccountId, service.Inviter.UserId, service.Inviter.ProjectId);
        await using var raw = await RawHttp.ConnectAsync(service);

        var answer = await raw.SendAsync($"GET /v2/{service.Inviter.ProjectId}/members HTTP/1.1\nHost: localhost\nConnection: close\nX-Auth-Token: {token}\n\n");

        Assert.Contains("""{"members":[]}""", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_is_too_long_is_refused()
    {
        await using var service = await TestService.StartAsync();
        await using var raw = await RawHttp.ConnectAsync(service);

        var answer = await raw.SendAsync($"GET /v2/{new string('p', 40_000)} HTTP/1.1\nHost: localhost\n\n");

        Assert.StartsWith("HTTP/1.1 414 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"error_msg\":\"Request URI too large: ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_a_body_changes_nothing_and_is_answered_in_time()
    {
        await using var service = await TestService.StartAsync();
        await using var raw = await RawHttp.ConnectAsync(service);
        var body = $$"""{"bcs_id":"{{service.Inviter.ServiceId}}","channel_name":"channel","invited_userinfo":[{"invited_user":"north-mill"}]}""";

        await raw.WriteAsync(Head(service, "POST", "members/invitations") + $"Content-Type: application/json\nContent-Length: {body.Length + 10}\n\n{body}");
        var answer = await raw.ReadAsync();

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("""{"error_code":"APIGW.0201","error_msg":"Request timed out"}""", answer, StringComparison.Ordinal);
        await NothingChangedAsync(service);
    }

    [Fact]
    public async Task A_caller_that_hangs_up_changes_nothing()
    {
        await using var service = await TestService.StartAsync();
        await using (var raw = await RawHttp.ConnectAsync(service))
        {
            await raw.WriteAsync(Head(service, "POST", "members/invitations") + "Content-Type: application/json\nContent-Length: 200\n\n{\"bcs_id\":");
        }

        await NothingChangedAsync(service);
        Assert.Equal(200, (await service.Inviter.GetAsync("members")).Status);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("-1")]
    [InlineData("7FFFFFFFFFFFFFFF")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFF")]
    public async Task Broken_chunks_are_refused(string size)
    {
        await using var service = await TestService.StartAsync();
        await using var raw = await RawHttp.ConnectAsync(service);

        var answer = await raw.SendAsync(Head(service, "POST", "members/invitations") + $"Transfer-Encoding: chunked\n\n{size}\n\n");

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"error_code\":\"BCS.4006003\"", answer, StringComparison.Ordinal);
    }

    private static string Head(TestService service, string method, string path) =>
        $"{method} /v2/{service.Inviter.ProjectId}/{path} HTTP/1.1\nHost: localhost\nX-Auth-Token: {service.Inviter.Token}\n";

    private static async Task<(int, string)> PostBytesAsync(TestService service, byte[] body, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Address, $"/v2/{service.Inviter.ProjectId}/members/invitations"));
        request.Headers.Add("X-Auth-Token", service.Inviter.Token);
        request.Headers.ExpectContinue = true;
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var response = await service.Http.SendAsync(request);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task NothingChangedAsync(TestService service) =>
        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM memberships"));
}
